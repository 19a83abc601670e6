/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mount asks for: its options, by nfsmount.conf and what the words mean. */
#include <errno.h>
#include <string.h>

#include "support/mounts/mounts_private.h"

int mount_asked_take(struct mount_options *options, bool is_remount, bool type_is_nfs4,
		     const struct nfsmount_found *found, struct mount_asked *asked, struct error *e)
{
	int r;

	*asked = (struct mount_asked){ 0 };
	text_copy(asked->usual_certificate, sizeof(asked->usual_certificate), found->certificate);
	if (is_remount) {
		mount_security_drop_auto(options);
		mount_certificate_drop_hidden(options);
	}
	r = mount_security_check(options, &asked->security, e);
	if (!r)
		r = mount_certificate_take(options, &asked->certificate, e);
	if (!r)
		r = mount_versions_take(options, type_is_nfs4, found->version, &asked->versions, e);
	if (!r)
		r = mount_protocol_find(options, found->protocol, &asked->protocol, e);
	return r;
}

static int take_line(const struct mount_line *line, const struct conf *conf, struct mount_options *options,
		     struct mount_asked *asked, struct strbuf *warnings, struct error *e)
{
	const char *text = line->options ? line->options : "";
	struct nfsmount_found found = { 0 };
	unsigned long flags = 0;
	int r = mount_options_parse(options, text, strlen(text), e);

	if (!r && conf)
		r = nfsmount_apply(conf, line->host, line->target, options, &found, warnings, e);
	if (r)
		return r;
	mount_options_take_generic(options, &flags, true);
	return mount_asked_take(options, false, !strcmp(line->type, "nfs4"), &found, asked, e);
}

int mount_asked_of_line(const struct mount_line *line, const struct conf *conf, struct mount_asked *asked,
			struct strbuf *warnings, struct error *e)
{
	AUTO_MOUNT_OPTIONS options = { 0 };
	int r;

	e->text[0] = '\0';
	r = take_line(line, conf, &options, asked, warnings, e);
	if (r && !e->text[0])
		return error_set(e, -r, "there is no such version of NFS here: use 3, 4, 4.0, 4.1 or 4.2");
	return r;
}

int mount_asked_fits(const struct mount_asked *asked, enum xprtsec mode, struct error *e)
{
	struct mount_versions versions = asked->versions;
	int r = mode == XPRTSEC_TLS || mode == XPRTSEC_MTLS ? mount_versions_for_tls(&versions, e) : 0;

	return r || mode == XPRTSEC_AUTO ? r : mount_certificate_check_mode(&asked->certificate, mode, e);
}
