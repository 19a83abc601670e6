/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/mounts/mounts_private.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/address/address.h"
#include "support/keys/keys.h"
#include "support/still/still.h"

static const char global_section[] = "nfsmount_global_options", server_section[] = "server",
		  point_section[] = "mountpoint";
/* What protects a mount must not get lost on its way: these two are never ignored, only refused. */
static const char security_option[] = "xprtsec", certificate_option[] = "tlscertname";

/* ---- files ---------------------------------------------------------------------- */

struct order {
	const char *root;
	struct conf *read;
};

static int watch_sources(const struct conf *conf, struct still *files, struct error *e)
{
	for (size_t i = 0; i < conf_source_count(conf); i++)
		if (still_add(files, conf_source(conf, i)))
			return error_set(e, ENOMEM, "out of memory");
	return 0;
}

static int read_all(void *context, struct still *files, struct error *e)
{
	static const char *const paths[] = { "/usr/etc/nfsmount.conf", SYSCONF_DIR "/nfsmount.conf" };
	struct order *order = context;
	bool found;
	int r = 0;

	conf_free(order->read);
	order->read = conf_new();
	if (!order->read)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(paths) && !r; i++)
		r = conf_load(order->read, order->root, paths[i], &found, e);
	return watch_sources(order->read, files, r ? NULL : e) ? -ENOMEM : r;
}

int nfsmount_load(const char *root, struct conf **conf, struct error *e)
{
	struct order order = { .root = root };
	int r = still_read(read_all, &order, e);

	if (r)
		conf_free(order.read);
	else
		*conf = order.read;
	return r;
}

/* ---- sections -------------------------------------------------------------------- */

enum level { POINT, SERVER, GLOBAL, LEVEL_COUNT, NO_LEVEL };

/* For whom the defaults are. */
struct subject {
	const char *host, *target;
};

/* One dot at the end makes no other name. */
static bool is_name(const char *argument, const char *host)
{
	size_t size = strlen(argument), host_size = strlen(host);

	size -= size && argument[size - 1] == '.';
	host_size -= host_size && host[host_size - 1] == '.';
	return size && size == host_size && !strncasecmp(argument, host, size);
}

static bool is_address(const char *argument, const char *host)
{
	struct ip_address a, b;

	return address_parse_bare(argument, strlen(argument), &a) && address_parse_bare(host, strlen(host), &b) &&
	       address_equal(&a, &b);
}

/* A server's address may stand in brackets, as it does in fstab, and may be written in several ways. */
static bool is_host(const char *argument, const char *host)
{
	size_t size = strlen(argument);
	char inner[INET6_ADDRSTRLEN + 32]; /* with room for a scope */

	if (argument[0] == '[' && argument[size - 1] == ']' && size - 2 < sizeof(inner)) {
		memcpy(inner, argument + 1, size - 2);
		inner[size - 2] = '\0';
		argument = inner;
	}
	return is_name(argument, host) || is_address(argument, host);
}

/* target is resolved and has no slash at its end; who writes a section may put one there. */
static bool is_target(const char *argument, const char *target)
{
	size_t size = strlen(argument);

	while (size > 1 && argument[size - 1] == '/')
		size--;
	return size == strlen(target) && !strncasecmp(argument, target, size);
}

/* What no server and no folder can be called matches nothing. */
static bool is_sensible(const struct conf_setting *setting)
{
	const char *argument = setting->argument;

	if (!strcmp(setting->section, global_section))
		return !argument;
	if (!strcmp(setting->section, server_section))
		return argument && *argument && !strchr(argument, '/');
	return !strcmp(setting->section, point_section) && argument && *argument == '/';
}

static enum level level_of(const struct conf_setting *setting, const struct subject *subject)
{
	if (!is_sensible(setting))
		return NO_LEVEL;
	if (!strcmp(setting->section, global_section))
		return GLOBAL;
	if (!strcmp(setting->section, server_section))
		return is_host(setting->argument, subject->host) ? SERVER : NO_LEVEL;
	return is_target(setting->argument, subject->target) ? POINT : NO_LEVEL;
}

#define SECTION_MAX 32u /* longer ones resemble none of ours */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters must be put in, taken out or changed; both are shorter than SECTION_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t row[SECTION_MAX], size = strlen(b);

	for (size_t j = 0; j <= size; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < size; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[size];
}

/* One of ours that lacks its quoted name, or whose letters are not quite right. */
static bool is_misspelt(const struct conf_setting *setting)
{
	static const char *const ours[] = { global_section, server_section, point_section };
	static const char *const beginnings[] = { "nfs_mount", "nfsmount", "global", "server", "mount_", "mountp" };
	const char *section = setting->section;

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (!strncmp(section, beginnings[i], strlen(beginnings[i])))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(ours) && strlen(section) < SECTION_MAX; i++)
		if (distance(section, ours[i]) <= 2)
			return true;
	return false;
}

static bool is_same_section(const struct conf_setting *a, const struct conf_setting *b)
{
	return !strcmp(a->file, b->file) && !strcmp(a->section, b->section) && !a->argument == !b->argument &&
	       (!a->argument || !strcmp(a->argument, b->argument));
}

/* One warning for a section is enough. */
static int check_section(const struct conf_setting *setting, const struct conf_setting *before, struct strbuf *warnings,
			 struct error *e)
{
	static const char advice[] = "use [ NFSMount_Global_Options ], [ Server \"NAME\" ] or [ MountPoint \"/DIR\" ]";

	if (is_sensible(setting))
		return 0;
	if (mount_option_protects(setting->key))
		return error_set(e, EINVAL, "%s:%u: %s= stands in the section [%.64s], which is none: %s",
				 setting->file, setting->line, setting->key, setting->section, advice);
	if (!is_misspelt(setting) || (before && is_same_section(setting, before)))
		return 0;
	strbuf_addf(warnings, "%s:%u: %.64s= is ignored, since [%.64s] is no section, and so is what follows it: %s\n",
		    setting->file, setting->line, setting->key, setting->section, advice);
	return warnings->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

/* ---- one setting as an option ----------------------------------------------------- */

struct word {
	char key[64];
	char value[1024];
	bool has_value;
	bool is_silent; /* settles the matter without a word for the kernel */
};

/* But for these. */
static const char *const capitals[] = { "ENETDOWN:ENETUNREACH", "ENETUNREACH:ENETDOWN" };

static void make_lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* Keys of this file that are no words of the option list. */
static const struct {
	const char *key, *word;
} aliases[] = { { "background", "bg" }, { "foreground", "fg" } };

static const char *word_for(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].key, key))
			return aliases[i].word;
	return key;
}

static enum mount_option_text text_of(const char *key)
{
	const struct mount_option_row *row = mount_option_find(key, true);

	return row ? row->text : AS_IS;
}

/* The opposite of nolock is lock. */
static bool set_opposite(const char *key, struct word *word)
{
	const struct mount_option_row *row = mount_option_find(key, false);

	word->is_silent = row && row->off && !*row->off;
	if (word->is_silent)
		return text_copy(word->key, sizeof(word->key), key);
	if (row && row->off)
		return text_copy(word->key, sizeof(word->key), row->off);
	if (!strncmp(key, "no", 2) && key[2])
		return text_copy(word->key, sizeof(word->key), key + 2);
	return (size_t)snprintf(word->key, sizeof(word->key), "no%s", key) < sizeof(word->key);
}

static bool set_truth(const char *key, bool yes, struct word *word)
{
	word->has_value = false;
	return yes ? text_copy(word->key, sizeof(word->key), word_for(key)) : set_opposite(word_for(key), word);
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

static bool set_label(const char *value, struct word *word)
{
	return (size_t)snprintf(word->value, sizeof(word->value), "\"%s\"", value) < sizeof(word->value);
}

static bool set_enumeration(const char *value, struct word *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(capitals); i++)
		if (text_equal_nocase(capitals[i], value))
			return text_copy(word->value, sizeof(word->value), capitals[i]);
	if (!text_copy(word->value, sizeof(word->value), value))
		return false;
	make_lower(word->value);
	return true;
}

/* False for what does not fit. */
static bool set_word(const struct conf_setting *setting, struct word *word)
{
	const char *value = setting->value;

	if (text_equal_nocase(value, "true") || text_equal_nocase(value, "false"))
		return set_truth(setting->key, text_equal_nocase(value, "true"), word);
	if (!text_copy(word->key, sizeof(word->key), setting->key))
		return false;
	if (text_of(word->key) == QUOTED && strchr(value, ','))
		return set_label(value, word);
	if (text_of(word->key) == LOWER)
		return set_enumeration(value, word);
	return set_size(value, word) || text_copy(word->value, sizeof(word->value), value);
}

/* A comma or a quote would make other options of one, past everything that looks at words. */
static bool is_one_word(const struct conf_setting *setting)
{
	bool label = text_of(setting->key) == QUOTED;

	for (const char *at = setting->key; *at; at++)
		if (*at == ',' || *at == '"' || isspace((unsigned char)*at) || iscntrl((unsigned char)*at))
			return false;
	for (const char *at = setting->value; *at; at++)
		if ((*at == ',' && !label) || *at == '"' || iscntrl((unsigned char)*at))
			return false;
	return true;
}

static int complain(const struct conf_setting *setting, struct error *e, const char *what)
{
	char key[64], value[64];

	text_escape(key, sizeof(key), setting->key, strlen(setting->key));
	text_escape(value, sizeof(value), setting->value, strlen(setting->value));
	return error_set(e, EINVAL, "%s:%u: %s=%s: %s", setting->file, setting->line, key, value, what);
}

static int security_word_of(const struct conf_setting *setting, struct word *word, struct error *e)
{
	enum xprtsec mode;

	strcpy(word->key, setting->key); /* one of ours */
	if (!strcmp(setting->key, security_option)) {
		if (xprtsec_parse(setting->value, strlen(setting->value), &mode))
			return complain(setting, e, "this is no transport security: use none, tls, mtls or auto");
		strcpy(word->value, xprtsec_word(mode));
		return 0;
	}
	if (!keys_is_certificate_name(setting->value) || !text_copy(word->value, sizeof(word->value), setting->value))
		return complain(setting, e,
				"this is no name of a certificate: give the one under which nfscert loaded it");
	return 0;
}

/* -EINVAL with file and line for what can be no word of the option list. */
static int word_of(const struct conf_setting *setting, struct word *word, struct error *e)
{
	*word = (struct word){ .has_value = true };
	if (mount_option_protects(setting->key))
		return security_word_of(setting, word, e);
	if (!strncmp(setting->key, "no", 2) && mount_option_protects(setting->key + 2))
		return complain(setting, e, "there is no such option: leave transport security out with xprtsec=none");
	if (!is_one_word(setting))
		return complain(setting, e, "a comma or a quote cannot be part of it: give each option its own line");
	return set_word(setting, word) ? 0 : complain(setting, e, "this is too long for a mount option");
}

/* ---- applying ---------------------------------------------------------------------------- */

struct application {
	const struct conf *conf;
	struct subject subject;
	struct mount_options *options;
	struct mount_options said; /* all of those, and what was settled without a word */
	size_t said_before;	   /* how many of them are not from the section at hand */
	struct nfsmount_found *found;
	struct strbuf *warnings;
	const struct conf_setting *certificate; /* tlscertname=, kept for the end */
};

static bool is_said(const struct application *to, const char *key)
{
	for (size_t i = 0; i < to->said.count; i++) {
		enum mount_option_relation relation = mount_option_relation(to->said.words[i].key, key);

		if (relation == MOUNT_SAME || (relation == MOUNT_RELATED && i < to->said_before))
			return true;
	}
	return false;
}

static int say(struct application *to, const struct word *word, struct error *e)
{
	const char *value = word->has_value ? word->value : NULL;
	int r = mount_options_append(&to->said, word->key, value);

	if (!r && !word->is_silent)
		r = mount_options_append(to->options, word->key, value);
	return r ? error_set(e, ENOMEM, "out of memory") : 0;
}

static bool is_default(const char *key)
{
	return !strncmp(key, "default", 7) && key[7];
}

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

/* Whether it is of use is known at the end; until then it keeps less specific ones away. */
static int note_certificate(struct application *to, const struct conf_setting *setting, struct error *e)
{
	if (is_said(to, certificate_option))
		return 0;
	to->certificate = setting;
	return mount_options_append(&to->said, certificate_option, setting->value) ?
		       error_set(e, ENOMEM, "out of memory") :
		       0;
}

static int apply_setting(struct application *to, const struct conf_setting *setting, struct error *e)
{
	struct word word;
	int r;

	if (is_default(setting->key)) {
		note_default(to, setting);
		return 0;
	}
	if (!strcmp(setting->key, certificate_option))
		return note_certificate(to, setting, e);
	/* The user's own xprtsec= makes a bad one of the file nobody's problem. */
	if (!strcmp(setting->key, security_option) && is_said(to, security_option))
		return 0;
	r = word_of(setting, &word, e);
	return r || is_said(to, word.key) ? r : say(to, &word, e);
}

/* The last one, which is what counts for the kernel; in any case, as mount_security_check() reads it. */
static const char *security_said(const struct mount_options *options)
{
	for (size_t i = options->count; i-- > 0;)
		if (text_equal_nocase(options->words[i].key, security_option))
			return options->words[i].value ? options->words[i].value : "";
	return NULL;
}

/* A certificate for all mounts is one for those that show one. */
static int apply_certificate(struct application *to, struct error *e)
{
	const char *security = security_said(to->options);
	struct word word;
	int r;

	if (!to->certificate ||
	    (security && !text_equal_nocase(security, "mtls") && !text_equal_nocase(security, "auto")))
		return 0;
	r = word_of(to->certificate, &word, e);
	if (r)
		return r;
	if (security)
		return say(to, &word, e);
	return text_copy(to->found->certificate, sizeof(to->found->certificate), word.value) ?
		       0 :
		       complain(to->certificate, e, "this is too long for a name of a certificate");
}

/* The last line of a section comes first, which also lets a later file win. */
static int apply_level(struct application *to, enum level level, struct error *e)
{
	int r = 0;

	to->said_before = to->said.count;
	for (size_t i = conf_count(to->conf); i-- > 0 && !r;) {
		const struct conf_setting *setting = conf_at(to->conf, i);

		if (level_of(setting, &to->subject) == level)
			r = apply_setting(to, setting, e);
	}
	return r;
}

static int check_sections(const struct conf *conf, struct strbuf *warnings, struct error *e)
{
	int r = 0;

	for (size_t i = 0; i < conf_count(conf) && !r; i++)
		r = check_section(conf_at(conf, i), i ? conf_at(conf, i - 1) : NULL, warnings, e);
	return r;
}

static int apply_levels(struct application *to, struct error *e)
{
	int r = 0;

	for (enum level level = POINT; level < LEVEL_COUNT && !r; level++)
		r = apply_level(to, level, e);
	return r ? r : apply_certificate(to, e);
}

int nfsmount_apply(const struct conf *conf, const char *host, const char *target, struct mount_options *options,
		   struct nfsmount_found *found, struct strbuf *warnings, struct error *e)
{
	struct application to = {
		.conf = conf, .subject = { host, target }, .options = options, .found = found, .warnings = warnings
	};
	int r = check_sections(conf, warnings, e);

	*found = (struct nfsmount_found){ 0 };
	if (!r && mount_options_append_all(&to.said, options))
		r = error_set(e, ENOMEM, "out of memory");
	if (!r)
		r = apply_levels(&to, e);
	mount_options_free(&to.said);
	return !r && warnings->failed ? error_set(e, ENOMEM, "out of memory") : r;
}

static bool gives(const struct conf_setting *setting, const char *key)
{
	struct word word;

	return !is_default(setting->key) && !word_of(setting, &word, NULL) && !word.is_silent && !strcmp(word.key, key);
}

const struct conf_setting *nfsmount_source(const struct conf *conf, const char *host, const char *target,
					   const char *key)
{
	struct subject subject = { host, target };

	for (enum level level = POINT; level < LEVEL_COUNT; level++)
		for (size_t i = conf_count(conf); i-- > 0;)
			if (level_of(conf_at(conf, i), &subject) == level && gives(conf_at(conf, i), key))
				return conf_at(conf, i);
	return NULL;
}
