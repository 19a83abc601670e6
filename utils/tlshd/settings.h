/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings: what rpc.tlshd obeys in nfs-tls.conf(5), as one value.
 * Pure: settings in, value or error out.  An unknown section or key is an
 * error: a setting that demands something this program would not do must not
 * be read as if it were not there.
 */
#ifndef NFSTLS_TLSHD_SETTINGS_H
#define NFSTLS_TLSHD_SETTINGS_H

#include "support/base/base.h"
#include "support/conf/conf.h"
#include "utils/tlshd/message.h"

#define CONFIG_PATH_MAX 1024u
#define CONFIG_NAME_MAX 128u
#define CONFIG_WORKERS_MAX 64u

struct role_config {
	char certificate[CONFIG_NAME_MAX]; /* name under certs/; "host" unless set */
	bool certificate_named;		   /* set in the file: then it must exist */
	char truststore[CONFIG_PATH_MAX];  /* empty: the system's */
	char crl[CONFIG_PATH_MAX];	   /* empty: none */
	bool alpn_optional;
};

struct config {
	struct role_config role[ROLE_COUNT];
	unsigned int workers; /* 0: choose by the number of processors */
	char user[CONFIG_NAME_MAX]; /* empty: choose */
};

/* "client", "server". */
const char *role_word(enum role role);

/* -EINVAL with file and line in the text. */
int config_from(const struct conf *conf, struct config *config, struct error *e);

#endif
