/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which certificate a mount says that it shows. */
#include "support/mounts/mounts_private.h"

#include <errno.h>
#include <string.h>

#include "support/keys/keys.h"

static const char name_option[] = "tlscertname", certificate_option[] = "cert_serial", key_option[] = "privkey_serial";

static int take_name(const struct mount_option *word, struct mount_certificate *identity, struct error *e)
{
	const char *value = word->value ? word->value : "";
	char shown[64];

	text_escape(shown, sizeof(shown), value, strlen(value));
	if (!keys_is_certificate_name(value))
		return error_set(e, EINVAL,
				 "bad value '%s' for mount option %s=: give the name under which"
				 " nfscert loaded the"
				 " certificate: letters, digits, '.', '_' and '-'",
				 shown, name_option);
	if (identity->name[0] && strcmp(identity->name, value))
		return error_set(e, EINVAL, "mount option %s= is given as %s and as %s: keep one", name_option,
				 identity->name, shown);
	text_copy(identity->name, sizeof(identity->name), value);
	return 0;
}

int mount_certificate_take(struct mount_options *options, struct mount_certificate *identity, struct error *e)
{
	bool certificate = mount_options_last(options, certificate_option),
	     key = mount_options_last(options, key_option);
	struct mount_certificate found = { .serials = certificate && key };

	for (size_t i = 0; i < options->count; i++) {
		int r = text_equal_nocase(options->words[i].key, name_option) ?
				take_name(&options->words[i], &found, e) :
				0;

		if (r)
			return r;
	}
	for (size_t i = options->count; i-- > 0;)
		if (text_equal_nocase(options->words[i].key, name_option))
			mount_options_remove_at(options, i);
	if (certificate != key)
		return error_set(e, EINVAL,
				 "mount option %s= needs %s=, too: a certificate is of use only with"
				 " its key",
				 certificate ? certificate_option : key_option,
				 certificate ? key_option : certificate_option);
	if (found.name[0] && found.serials)
		return error_set(e, EINVAL,
				 "mount options %s=%s and %s= both name a certificate: keep"
				 " one",
				 name_option, found.name, certificate_option);
	*identity = found;
	return 0;
}

int mount_certificate_check_mode(const struct mount_certificate *identity, enum xprtsec mode, struct error *e)
{
	if (mode == XPRTSEC_MTLS || (!identity->name[0] && !identity->serials))
		return 0;
	if (identity->name[0])
		return error_set(e, EINVAL,
				 "mount option %s=%s needs xprtsec=mtls, and this mount has"
				 " xprtsec=%s, which shows"
				 " no certificate",
				 name_option, identity->name, xprtsec_word(mode));
	return error_set(e, EINVAL,
			 "mount option %s= needs xprtsec=mtls, and this mount has xprtsec=%s, which"
			 " shows no"
			 " certificate",
			 certificate_option, xprtsec_word(mode));
}

void mount_certificate_drop_hidden(struct mount_options *options)
{
	for (size_t i = options->count; i-- > 0;) {
		const struct mount_option *word = &options->words[i];

		if ((!strcmp(word->key, certificate_option) || !strcmp(word->key, key_option)) && word->value &&
		    !strcmp(word->value, "<redacted>"))
			mount_options_remove_at(options, i);
	}
}
