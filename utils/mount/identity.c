/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/keys/keys.h"

static const char name_option[] = "tlscertname", certificate_option[] = "cert_serial", key_option[] = "privkey_serial";

/* ---- the words ------------------------------------------------------------ */

static int take_name(const struct option_word *word, struct identity *identity, struct error *e)
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

int identity_take(struct options *options, struct identity *identity, struct error *e)
{
	bool certificate = options_last(options, certificate_option), key = options_last(options, key_option);
	struct identity found = { .serials = certificate && key };

	for (size_t i = 0; i < options->count; i++) {
		int r = text_equal_nocase(options->words[i].key, name_option) ?
				take_name(&options->words[i], &found, e) :
				0;

		if (r)
			return r;
	}
	for (size_t i = options->count; i-- > 0;)
		if (text_equal_nocase(options->words[i].key, name_option))
			options_remove_at(options, i);
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

int identity_check_mode(const struct identity *identity, enum xprtsec mode, struct error *e)
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

void identity_drop_hidden(struct options *options)
{
	for (size_t i = options->count; i-- > 0;) {
		const struct option_word *word = &options->words[i];

		if ((!strcmp(word->key, certificate_option) || !strcmp(word->key, key_option)) && word->value &&
		    !strcmp(word->value, "<redacted>"))
			options_remove_at(options, i);
	}
}

/* ---- the keys --------------------------------------------------------------- */

/* Without a keyring in the kernel it is the agent that finds the certificate, and the policy that tells it which. */
static int leave_to_policy(const struct identity *identity, const struct decision *decision, int r, struct error *e)
{
	const char *chosen = decision->policy.connection.certificate.value;

	if (!strcmp(chosen, identity->name))
		return 0;
	if (r == -EOPNOTSUPP)
		return error_set(e, EOPNOTSUPP,
				 "this kernel cannot be told the certificate of a mount, and for"
				 " this server the"
				 " policy has \"%s\": put certificate=%s into a section [client \"SERVER\"] of"
				 " /etc/nfs-tls.conf",
				 chosen, identity->name);
	return error_set(e, ENOKEY,
			 "no certificate is provisioned under the name %s: load it (nfscert load"
			 " %s), or correct"
			 " %s=",
			 identity->name, identity->name, name_option);
}

static int append_serial(struct options *options, const char *key, int32_t serial)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", serial);
	return options_append(options, key, text);
}

int identity_apply(const struct identity *identity, const struct decision *decision, struct options *options,
		   struct error *e)
{
	struct keys_pair pair;
	int32_t ring;
	int r;

	if (!identity->name[0])
		return 0;
	/* Only a kernel that has a keyring of its own can be told the keys of a mount. */
	r = keys_ring_find(KEYS_NFS, &ring) ? -EOPNOTSUPP : keys_find_certificate(identity->name, &pair, e);
	if (r == -EOPNOTSUPP || r == -ENOKEY)
		return leave_to_policy(identity, decision, r, e);
	if (r)
		return r;
	if (append_serial(options, certificate_option, pair.certificate) ||
	    append_serial(options, key_option, pair.key))
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

bool identity_is_told(const struct options *options)
{
	return options_last(options, certificate_option);
}

int identity_name_instead(const struct identity *identity, struct options *options)
{
	if (!identity->name[0] || !identity_is_told(options))
		return 0;
	options_remove(options, certificate_option);
	options_remove(options, key_option);
	return options_append(options, name_option, identity->name);
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

int identity_shown(const char *options, struct strbuf *name)
{
	const struct option_word *named, *serial;
	AUTO_OPTIONS list = { 0 };
	struct error e;
	int r = options_parse(&list, options, strlen(options), &e);

	if (r)
		return r;
	named = options_last(&list, name_option);
	serial = options_last(&list, certificate_option);
	if (named && named->value)
		strbuf_addf(name, "%s", named->value);
	else if (serial && serial->value)
		add_key(serial->value, name);
	return name->failed ? -ENOMEM : 0;
}
