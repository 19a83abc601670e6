/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/defaults.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char global_section[] = "nfsmount_global_options", server_section[] = "server",
		  point_section[] = "mountpoint";
static const char security_option[] = "xprtsec", certificate_option[] = "tlscertname";

/* ---- files ---------------------------------------------------------------------- */

int defaults_load(const char *root, struct conf **conf, struct error *e)
{
	static const char *const paths[] = { "/usr/etc/nfsmount.conf", SYSCONF_DIR "/nfsmount.conf" };
	struct conf *new = conf_new();
	bool found;
	int r = new ? 0 : error_set(e, ENOMEM, "out of memory");

	for (size_t i = 0; i < ARRAY_SIZE(paths) && !r; i++)
		r = conf_load(new, root, paths[i], &found, e);
	if (r)
		conf_free(new);
	else
		*conf = new;
	return r;
}

/* ---- sections -------------------------------------------------------------------- */

enum level { POINT, SERVER, GLOBAL, LEVEL_COUNT, NO_LEVEL };

/* For whom the defaults are. */
struct subject {
	const char *host, *target;
};

/* A server's address may stand in brackets, as it does in fstab. */
static bool is_host(const char *argument, const char *host)
{
	size_t size = strlen(host);

	if (argument[0] != '[')
		return text_equal_nocase(argument, host);
	return strlen(argument) == size + 2 && argument[size + 1] == ']' && !strncasecmp(argument + 1, host, size);
}

static enum level level_of(const struct conf_setting *setting, const struct subject *subject)
{
	if (!strcmp(setting->section, global_section))
		return setting->argument ? NO_LEVEL : GLOBAL;
	if (!setting->argument)
		return NO_LEVEL;
	if (!strcmp(setting->section, server_section) && is_host(setting->argument, subject->host))
		return SERVER;
	if (!strcmp(setting->section, point_section) && text_equal_nocase(setting->argument, subject->target))
		return POINT;
	return NO_LEVEL;
}

/* One of ours that lacks its quoted name, or has letters too many. */
static bool is_misspelt(const struct conf_setting *setting)
{
	if (!strcmp(setting->section, global_section))
		return setting->argument;
	if (!strcmp(setting->section, server_section) || !strcmp(setting->section, point_section))
		return !setting->argument;
	return !strncmp(setting->section, server_section, sizeof(server_section) - 1) ||
	       !strncmp(setting->section, point_section, sizeof(point_section) - 1) ||
	       !strncmp(setting->section, "nfsmount", 8);
}

static int check_section(const struct conf_setting *setting, struct strbuf *warnings, struct error *e)
{
	static const char advice[] = "use [ NFSMount_Global_Options ], [ Server \"NAME\" ] or [ MountPoint \"DIR\" ]";

	if (!is_misspelt(setting))
		return 0;
	if (!strcmp(setting->key, security_option) || !strcmp(setting->key, certificate_option))
		return error_set(e, EINVAL, "%s:%u: %s= stands in the section [%s], which is none: %s", setting->file,
				 setting->line, setting->key, setting->section, advice);
	strbuf_addf(warnings, "%s:%u: %s= is ignored, since [%s] is no section: %s\n", setting->file, setting->line,
		    setting->key, setting->section, advice);
	return warnings->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

/* ---- one setting as an option ----------------------------------------------------- */

struct word {
	char key[64];
	char value[1024];
	bool has_value;
};

static const struct {
	const char *key, *option, *opposite;
} aliases[] = {
	{ "background", "bg", "fg" },
	{ "foreground", "fg", "bg" },
	{ "bg", "bg", "fg" },
	{ "fg", "fg", "bg" },
	{ "soft", "soft", "hard" },
	{ "hard", "hard", "soft" },
	{ "ro", "ro", "rw" },
	{ "rw", "rw", "ro" },
};

/* Their values are words of ours or the kernel's, all in lower case. */
static const char *const enumerations[] = { "proto", "mountproto", "xprtsec", "sec", "lookupcache", "local_lock",
					    "fatal_neterrors", "write" };

static void make_lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static bool is_enumeration(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(enumerations); i++)
		if (!strcmp(key, enumerations[i]))
			return true;
	return false;
}

static bool set_truth(const char *key, bool truth, struct word *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].key, key))
			return text_copy(word->key, sizeof(word->key), truth ? aliases[i].option : aliases[i].opposite);
	return (size_t)snprintf(word->key, sizeof(word->key), "%s%s", truth ? "" : "no", key) < sizeof(word->key);
}

/* "32k": a number and a power of 1024; everything else stays as it is. */
static bool set_size(const char *value, struct word *word)
{
	static const char letters[] = "kmg";
	size_t size = strlen(value);
	char number[32];
	const char *letter = size ? strchr(letters, tolower((unsigned char)value[size - 1])) : NULL;
	long long bytes;

	if (!letter || !*letter || size - 1 >= sizeof(number))
		return false;
	memcpy(number, value, size - 1);
	number[size - 1] = '\0';
	if (text_number(number, 0, LLONG_MAX >> 30, &bytes))
		return false;
	snprintf(word->value, sizeof(word->value), "%lld", bytes << 10 * (letter - letters + 1));
	return true;
}

/* False for what does not fit: the caller then says so. */
static bool word_of(const struct conf_setting *setting, struct word *word)
{
	*word = (struct word){ .has_value = true };
	if (text_equal_nocase(setting->value, "true") || text_equal_nocase(setting->value, "false")) {
		word->has_value = false;
		return set_truth(setting->key, text_equal_nocase(setting->value, "true"), word);
	}
	if (!text_copy(word->key, sizeof(word->key), setting->key))
		return false;
	if (set_size(setting->value, word))
		return true;
	if (!text_copy(word->value, sizeof(word->value), setting->value))
		return false;
	if (is_enumeration(word->key))
		make_lower(word->value);
	return true;
}

/* ---- what is there already ------------------------------------------------------------ */

/* Options that say the same thing, or its opposite, by other names: one of a row is enough. */
static const char *const families[][8] = {
	{ "bg", "fg" },
	{ "hard", "soft", "softerr" },
	{ "ro", "rw" },
	{ "sync", "async" },
	{ "proto", "tcp", "udp", "rdma", "tcp6", "udp6" },
	{ "atime", "noatime", "relatime", "norelatime", "strictatime", "nostrictatime" },
	{ "tlscertname", "cert_serial", "privkey_serial" },
	{ "mounthost", "mountaddr" },
};

static bool is_version(const char *key)
{
	return !strcmp(key, "vers") || !strcmp(key, "nfsvers") || !strcmp(key, "minorversion") ||
	       (key[0] == 'v' && key[1] >= '2' && key[1] <= '4' && (!key[2] || key[2] == '.'));
}

static const char *without_no(const char *key)
{
	return !strncmp(key, "no", 2) ? key + 2 : key;
}

static bool in_family(const char *const family[8], const char *key)
{
	for (size_t i = 0; i < 8 && family[i]; i++)
		if (!strcmp(family[i], key))
			return true;
	return false;
}

static bool says_same(const char *a, const char *b)
{
	if (!strcmp(without_no(a), without_no(b)) || (is_version(a) && is_version(b)))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (in_family(families[i], a) && in_family(families[i], b))
			return true;
	return false;
}

/* Only the first count words: a section may say more than one thing of a family. */
static bool is_said(const struct options *options, const char *key)
{
	for (size_t i = 0; i < options->count; i++)
		if (says_same(options->words[i].key, key))
			return true;
	return false;
}

/* ---- applying ---------------------------------------------------------------------------- */

struct application {
	const struct conf *conf;
	struct subject subject;
	struct options *options;
	struct defaults_found *found;
	struct strbuf *warnings;
	const struct conf_setting *certificate; /* tlscertname=, kept for the end */
};

static void note_default(const struct application *to, const struct conf_setting *setting)
{
	bool version = !strcmp(setting->key, "defaultvers");
	char *at = version ? to->found->version : to->found->protocol;
	size_t room = version ? sizeof(to->found->version) : sizeof(to->found->protocol);

	if (!version && strcmp(setting->key, "defaultproto")) {
		strbuf_addf(to->warnings, "%s:%u: Invalid default setting: '%s'\n", setting->file, setting->line,
			    setting->key);
		return;
	}
	if (*at)
		return;
	(void)text_copy(at, room, setting->value); /* what is too long is no version and no protocol, either */
	make_lower(at);
}

static int apply_setting(struct application *to, const struct conf_setting *setting, struct error *e)
{
	struct word word;

	if (!strncmp(setting->key, "default", 7) && setting->key[7]) {
		note_default(to, setting);
		return 0;
	}
	if (!strcmp(setting->key, certificate_option)) {
		if (!to->certificate)
			to->certificate = setting;
		return 0;
	}
	if (!word_of(setting, &word))
		return error_set(e, EINVAL, "%s:%u: %s= is too long for a mount option", setting->file, setting->line,
				 setting->key);
	if (is_said(to->options, word.key))
		return 0;
	return options_append(to->options, word.key, word.has_value ? word.value : NULL) ?
		       error_set(e, ENOMEM, "out of memory") : 0;
}

/* A certificate for all mounts is one for those that show one. */
static int apply_certificate(const struct application *to, struct error *e)
{
	const struct option_word *security = options_last(to->options, security_option);

	if (!to->certificate || is_said(to->options, certificate_option) || !security || !security->value ||
	    (!text_equal_nocase(security->value, "mtls") && !text_equal_nocase(security->value, "auto")))
		return 0;
	return options_append(to->options, certificate_option, to->certificate->value) ?
		       error_set(e, ENOMEM, "out of memory") : 0;
}

/* The last line of a section comes first, which also lets a later file win. */
static int apply_level(struct application *to, enum level level, struct error *e)
{
	int r = 0;

	for (size_t i = conf_count(to->conf); i-- > 0 && !r;) {
		const struct conf_setting *setting = conf_at(to->conf, i);

		if (level_of(setting, &to->subject) == level)
			r = apply_setting(to, setting, e);
	}
	return r;
}

int defaults_apply(const struct conf *conf, const char *host, const char *target, struct options *options,
		   struct defaults_found *found, struct strbuf *warnings, struct error *e)
{
	struct application to = { conf, { host, target }, options, found, warnings, NULL };
	int r = 0;

	*found = (struct defaults_found){ 0 };
	for (size_t i = 0; i < conf_count(conf) && !r; i++)
		r = check_section(conf_at(conf, i), warnings, e);
	for (enum level level = POINT; level < LEVEL_COUNT && !r; level++)
		r = apply_level(&to, level, e);
	if (!r)
		r = apply_certificate(&to, e);
	return !r && warnings->failed ? error_set(e, ENOMEM, "out of memory") : r;
}

const struct conf_setting *defaults_source(const struct conf *conf, const char *host, const char *target,
					   const char *key)
{
	struct subject subject = { host, target };
	struct word word;

	for (enum level level = POINT; level < LEVEL_COUNT; level++)
		for (size_t i = conf_count(conf); i-- > 0;)
			if (level_of(conf_at(conf, i), &subject) == level && word_of(conf_at(conf, i), &word) &&
			    !strcmp(word.key, key))
				return conf_at(conf, i);
	return NULL;
}
