/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/keys/keys.h"

static const char name_option[] = "tlscertname", certificate_option[] = "cert_serial", key_option[] = "privkey_serial";

/* Without a keyring in the kernel it is the agent that finds the certificate, and the policy that tells it which. */
static int leave_to_policy(const struct mount_certificate *asked, const struct protection *protection, int r,
			   struct error *e)
{
	const char *chosen = protection->policy.connection.certificate.value;

	if (!strcmp(chosen, asked->name))
		return 0;
	if (r == -EOPNOTSUPP)
		return error_set(e, EOPNOTSUPP,
				 "this kernel cannot be told the certificate of a mount, and for"
				 " this server the"
				 " policy has \"%s\": put certificate=%s into a section [client \"SERVER\"] of"
				 " /etc/nfs-tls.conf",
				 chosen, asked->name);
	return error_set(e, ENOKEY,
			 "no certificate is provisioned under the name %s: load it (nfscert load"
			 " %s), or correct"
			 " %s=",
			 asked->name, asked->name, name_option);
}

static int append_serial(struct mount_options *options, const char *key, int32_t serial)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", serial);
	return mount_options_append(options, key, text);
}

int certificate_apply(const struct mount_certificate *asked, const struct protection *protection,
		      struct mount_options *options, struct error *e)
{
	struct keys_pair pair;
	int32_t ring;
	int r;

	if (!asked->name[0])
		return 0;
	/* Only a kernel that has a keyring of its own can be told the keys of a mount. */
	r = keys_ring_find(KEYS_NFS, &ring) ? -EOPNOTSUPP : keys_find_certificate(asked->name, &pair, e);
	if (r == -EOPNOTSUPP || r == -ENOKEY)
		return leave_to_policy(asked, protection, r, e);
	if (r)
		return r;
	if (append_serial(options, certificate_option, pair.certificate) ||
	    append_serial(options, key_option, pair.key))
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

bool certificate_is_told(const struct mount_options *options)
{
	return mount_options_last(options, certificate_option);
}

int certificate_name_instead(const struct mount_certificate *asked, struct mount_options *options)
{
	if (!asked->name[0] || !certificate_is_told(options))
		return 0;
	mount_options_remove(options, certificate_option);
	mount_options_remove(options, key_option);
	return mount_options_append(options, name_option, asked->name);
}

static void add_key(const char *number, struct strbuf *name)
{
	char of_key[KEYS_NAME_MAX + 1] = "";
	long long serial;

	if (text_number(number, INT32_MIN, INT32_MAX, &serial)) {
		strbuf_addf(name, "key:%s", number); /* which the kernel will not take either */
		return;
	}
	keys_certificate_of((int32_t)serial, of_key);
	if (*of_key)
		strbuf_addf(name, "%s", of_key);
	else
		strbuf_addf(name, "key:%lld", serial);
}

int certificate_in_options(const char *options, struct strbuf *name)
{
	const struct mount_option *named, *serial;
	AUTO_MOUNT_OPTIONS list = { 0 };
	struct error e;
	int r = mount_options_parse(&list, options, strlen(options), &e);

	if (r)
		return r;
	named = mount_options_last(&list, name_option);
	serial = mount_options_last(&list, certificate_option);
	if (named && named->value)
		strbuf_addf(name, "%s", named->value);
	else if (serial && serial->value)
		add_key(serial->value, name);
	return name->failed ? -ENOMEM : 0;
}
