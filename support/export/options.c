/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of options of exports(5), read: flags by their rows, and the options that take a value. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "support/export/export_private.h"

#define SHOWN_MAX 100u /* bytes of a bad word that a message shows */

/* One option list on its way. */
struct reading {
	struct export_list *list;
	struct export_options to;
	unsigned int group; /* the flavours of the last sec=, as bits of the index in to.sec */
	const char *text;   /* the whole list, for places in it */
	const char *bad;    /* where in it the trouble is */
	size_t ignored;
	struct error *e;
};

/* An option with its value, as they stand in the text. */
struct option {
	const char *text, *value;
	size_t size, value_size;
};

typedef int value_reader(struct reading *reading, const struct option *option);

/* ---- messages ------------------------------------------------------------------- */

struct shown {
	char text[SHOWN_MAX];
};

static const char *show(struct shown *shown, const char *text, size_t size)
{
	text_escape(shown->text, sizeof(shown->text), text, size);
	return shown->text;
}

static int refuse(struct reading *reading, const char *what, const struct option *option, const char *expected)
{
	struct shown shown;

	return error_set(reading->e, EINVAL, "bad %s \"%s\": expected %s", what,
			 show(&shown, option->text, option->size), expected);
}

/* ---- numbers ---------------------------------------------------------------------- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return INT_MAX;
}

/* As strtoul(3) reads a base: 0x, 0, or neither. */
static int base_of(const char **digits, size_t *size)
{
	if (*size > 1 && **digits == '0' && ((*digits)[1] == 'x' || (*digits)[1] == 'X')) {
		*digits += 2;
		*size -= 2;
		return 16;
	}
	return *size > 1 && **digits == '0' ? 8 : 10;
}

/*
 * A signed number of 32 bits, or an unsigned one: -2 and 4294967294 are the same id. -EINVAL when it is no
 * number, -ERANGE.
 */
static int read_number(const char *text, size_t size, int base, uint32_t *number)
{
	bool negative = size && *text == '-';
	unsigned long long value = 0, most = negative ? 1ULL << 31 : UINT32_MAX;

	if (size && (*text == '-' || *text == '+')) {
		text++;
		size--;
	}
	if (!base)
		base = base_of(&text, &size);
	if (!size)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if (digit_of(text[i]) >= base)
			return -EINVAL;
		if (value <= most)
			value = value * (unsigned int)base + (unsigned int)digit_of(text[i]);
	}
	if (value > most)
		return -ERANGE;
	*number = negative ? 0 - (uint32_t)value : (uint32_t)value;
	return 0;
}

static int read_id(struct reading *reading, const struct option *option, const char *what, int32_t *id)
{
	uint32_t number;

	switch (read_number(option->value, option->value_size, 10, &number)) {
	case 0:
		*id = (int32_t)number;
		return 0;
	case -ERANGE:
		return refuse(reading, what, option, "a number of at most 4294967295 and at least -2147483648");
	default:
		return refuse(reading, what, option, "a decimal number, not a name");
	}
}

static int read_anonuid(struct reading *reading, const struct option *option)
{
	return read_id(reading, option, "anonuid", &reading->to.anonuid);
}

static int read_anongid(struct reading *reading, const struct option *option)
{
	return read_id(reading, option, "anongid", &reading->to.anongid);
}

/* ---- flags ------------------------------------------------------------------------- */

/* What stands behind a sec= holds for its flavours, and for those that a later sec= names first. */
static void change_flag(struct reading *reading, uint32_t flag, bool set)
{
	struct export_options *to = &reading->to;

	to->flags = set ? to->flags | flag : to->flags & ~flag;
	for (unsigned int i = 0; i < to->sec_count; i++)
		if (reading->group & 1u << i)
			to->sec[i].flags = set ? to->sec[i].flags | flag : to->sec[i].flags & ~flag;
}

/* ---- words ------------------------------------------------------------------------- */

static bool is_word(const char *word, const char *text, size_t size)
{
	return strlen(word) == size && !memcmp(word, text, size);
}

static bool is_uuid(const char *text, size_t size)
{
	size_t digits = 0;

	for (size_t i = 0; i < size; i++)
		digits += digit_of(text[i]) < 16;
	return digits == 32;
}

static int keep_text(struct reading *reading, const char *text, size_t size, const char **kept)
{
	const char *word = export_list_word(reading->list, text, size);

	if (!word)
		return error_set(reading->e, ENOMEM, "no memory for options");
	*kept = word;
	return 0;
}

static int read_fsid(struct reading *reading, const struct option *option)
{
	uint32_t number = 0;
	int r = is_word("root", option->value, option->value_size) ?
			0 :
			read_number(option->value, option->value_size, 0, &number);

	if (r == -ERANGE)
		return refuse(reading, "fsid", option, "a number of at most 4294967295, or a UUID with its dashes");
	if (!r) {
		reading->to.fsid = number;
		change_flag(reading, NFSEXP_FSID, true);
		return 0;
	}
	if (!is_uuid(option->value, option->value_size))
		return refuse(reading, "fsid", option, "a number, root, or a UUID of 32 hexadecimal digits");
	return keep_text(reading, option->value, option->value_size, &reading->to.uuid);
}

static int read_mountpoint(struct reading *reading, const struct option *option)
{
	return keep_text(reading, option->value, option->value_size, &reading->to.mountpoint);
}

static int read_refer(struct reading *reading, const struct option *option)
{
	reading->to.location = EXPORT_REFER;
	return keep_text(reading, option->value, option->value_size, &reading->to.locations);
}

static int read_replicas(struct reading *reading, const struct option *option)
{
	reading->to.location = EXPORT_REPLICAS;
	return keep_text(reading, option->value, option->value_size, &reading->to.locations);
}

static int read_reexport(struct reading *reading, const struct option *option)
{
	struct shown shown;

	for (size_t i = 0; export_reexport_words[i]; i++) {
		if (is_word(export_reexport_words[i], option->value, option->value_size)) {
			reading->to.reexport = (enum export_reexport)i;
			return 0;
		}
	}
	return error_set(reading->e, EINVAL,
			 "bad option %s: expected reexport=none, auto-fsidnum or"
			 " predefined-fsidnum",
			 show(&shown, option->value, option->value_size));
}

const char *const export_reexport_words[] = {
	[EXPORT_REEXPORT_NONE] = "none",
	[EXPORT_REEXPORT_AUTO] = "auto-fsidnum",
	[EXPORT_REEXPORT_PREDEFINED] = "predefined-fsidnum",
	NULL,
};

/* Nothing looks at these lists of ids; they stand in old files. */
static int read_ignored(struct reading *reading, const struct option *option)
{
	if (reading->ignored == SIZE_MAX)
		reading->ignored = (size_t)(option->text - reading->text);
	return 0;
}

/* ---- sec= and xprtsec= ----------------------------------------------------------------- */

static const struct {
	const char *word;
	uint32_t flavor; /* RFC 5531 section 8.2, RFC 2623 section 2.2.1 */
} flavors[] = {
	{ "krb5", 390003 }, { "krb5i", 390004 }, { "krb5p", 390005 }, { "unix", 1 },
	{ "sys", 1 },	    { "null", 0 },	 { "none", 0 },
};

/* Where the flavour stands among those of the options; a new one begins with the flags so far. */
static unsigned int place_flavor(struct export_options *to, const char *word, uint32_t flavor)
{
	unsigned int i = 0;

	while (i < to->sec_count && to->sec[i].flavor != flavor)
		i++;
	if (i == to->sec_count) {
		to->sec[i].word = word;
		to->sec[i].flavor = flavor;
		to->sec[i].flags = to->flags;
		to->sec_count++;
	}
	return i;
}

static int add_flavor(struct reading *reading, const char *text, size_t size)
{
	struct shown shown;

	for (size_t i = 0; i < ARRAY_SIZE(flavors); i++) {
		if (is_word(flavors[i].word, text, size)) {
			reading->group |= 1u << place_flavor(&reading->to, flavors[i].word, flavors[i].flavor);
			return 0;
		}
	}
	reading->bad = text;
	return error_set(reading->e, EINVAL, "unknown flavor %s: expected sys, krb5, krb5i, krb5p or none",
			 show(&shown, text, size));
}

static int read_sec(struct reading *reading, const struct option *option)
{
	const char *end = option->value + option->value_size;
	int r = 0;

	reading->group = 0;
	for (const char *item = option->value; !r; item++) {
		const char *colon = memchr(item, ':', (size_t)(end - item));

		r = add_flavor(reading, item, (size_t)((colon ? colon : end) - item));
		if (!colon)
			break;
		item = colon;
	}
	return r;
}

static int read_xprtsec(struct reading *reading, const struct option *option)
{
	const char *bad = option->value, *end = option->value + option->value_size, *colon;
	struct shown shown;
	unsigned int modes;

	if (!xprtsec_set_parse(option->value, option->value_size, &modes, &bad)) {
		reading->to.xprtsec |= modes;
		return 0;
	}
	reading->bad = bad;
	colon = memchr(bad, ':', (size_t)(end - bad));
	return error_set(reading->e, EINVAL,
			 "unknown xprtsec mode %s: expected none, tls, mtls or a list of them"
			 " joined by colons",
			 show(&shown, bad, (size_t)((colon ? colon : end) - bad)));
}

/* ---- the table ---------------------------------------------------------------------------- */

/* A name with "=" takes a value, one without takes none. */
static const struct rule {
	const char *name;
	value_reader *read;
} rules[] = {
	{ "fsid=", read_fsid },
	{ "anonuid=", read_anonuid },
	{ "anongid=", read_anongid },
	{ "mountpoint", read_mountpoint },
	{ "mountpoint=", read_mountpoint },
	{ "mp", read_mountpoint },
	{ "mp=", read_mountpoint },
	{ "refer=", read_refer },
	{ "replicas=", read_replicas },
	{ "reexport=", read_reexport },
	{ "sec=", read_sec },
	{ "xprtsec=", read_xprtsec },
	{ "squash_uids=", read_ignored },
	{ "squash_gids=", read_ignored },
};

static const struct rule *find_rule(const char *text, size_t size)
{
	const char *equals = memchr(text, '=', size);
	size_t name = equals ? (size_t)(equals - text) + 1 : size;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (name && *rules[i].name == *text && is_word(rules[i].name, text, name))
			return rules + i;
	return NULL;
}

/* Older words of flags. */
static const struct {
	const char *older, *word;
} synonyms[] = {
	{ "no_auth_nlm", "insecure_locks" },
	{ "auth_nlm", "secure_locks" },
};

/* The flag that a word sets or clears. */
static const struct export_flag *find_flag(const char *text, size_t size, bool *set)
{
	for (size_t i = 0; i < export_flag_count; i++) {
		const struct export_flag *row = &export_flags[i];

		*set = is_word(row->set, text, size);
		if (*set || (row->clear && is_word(row->clear, text, size)))
			return row;
	}
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (is_word(synonyms[i].older, text, size))
			return find_flag(synonyms[i].word, strlen(synonyms[i].word), set);
	return NULL;
}

/* How a mistyped name differs: in case, and in the _ that some names have and others lack. */
static bool names_alike(const char *name, const char *text, size_t size)
{
	const char *end = text + size;

	for (;; name++, text++) {
		while (*name == '_')
			name++;
		while (text < end && *text == '_')
			text++;
		if (text == end)
			return !*name || *name == '=';
		if (*text != *name && (*text < 'A' || *text > 'Z' || *text - 'A' + 'a' != *name))
			return *name == '=' && *text == '=';
		if (*name == '=')
			return true;
	}
}

/* The option that was meant, or NULL. */
static const char *option_like(const char *text, size_t size)
{
	for (size_t i = 0; i < export_flag_count; i++) {
		if (names_alike(export_flags[i].set, text, size))
			return export_flags[i].set;
		if (export_flags[i].clear && names_alike(export_flags[i].clear, text, size))
			return export_flags[i].clear;
	}
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (names_alike(synonyms[i].older, text, size))
			return synonyms[i].older;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (names_alike(rules[i].name, text, size))
			return rules[i].name;
	return NULL;
}

static int unknown_option(struct reading *reading, const struct option *option)
{
	struct shown shown;
	const char *word = show(&shown, option->text, option->size);
	const char *meant = option_like(option->text, option->size);

	if (!option->size)
		return error_set(reading->e, EINVAL, "unknown keyword \"\": expected an option between commas");
	return error_set(reading->e, EINVAL, "unknown keyword \"%s\": expected %s", word,
			 meant ? meant : "an option of exports(5)");
}

static int read_option(struct reading *reading, const char *text, size_t size)
{
	struct option option = { .text = text, .size = size };
	const struct export_flag *flag;
	const struct rule *rule;
	size_t name;
	bool set;

	reading->bad = text;
	flag = find_flag(text, size, &set);
	if (flag) {
		change_flag(reading, flag->flag, set);
		return 0;
	}
	rule = find_rule(text, size);
	if (!rule)
		return unknown_option(reading, &option);
	name = strlen(rule->name);
	option.value = text + name;
	option.value_size = size - name;
	return rule->read(reading, &option);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Commas part options; blanks may lead one, and a comma may end the list. */
static int read_list(struct reading *reading, const char *text, size_t size, export_option_bad *bad, void *context)
{
	const char *end = text + size;
	int result = 0;

	for (;;) {
		const char *comma;
		struct error e;
		int r;

		while (text < end && is_blank(*text))
			text++;
		if (text == end)
			return result;
		comma = memchr(text, ',', (size_t)(end - text));
		reading->e = &e; /* cppcheck-suppress autoVariables ; for this option only */
		r = read_option(reading, text, (size_t)((comma ? comma : end) - text));
		if (r) {
			result = r;
			r = r == -EINVAL ? bad((size_t)(reading->bad - reading->text), e.text, context) : r;
		}
		if (r)
			return r;
		if (!comma)
			return result;
		text = comma + 1;
	}
}

/*
 * A flag that no kernel lets differ holds for every flavour once it is set at the end of a list.  nfs-utils does it
 * at that moment, so that a later list that clears it leaves it to the older flavours: that shows in how etab joins
 * flavours to groups.
 */
static void spread_flags(struct export_options *to)
{
	for (unsigned int i = 0; i < to->sec_count; i++)
		to->sec[i].flags |= to->flags & ~export_sec_flags_most;
}

/* ---- each text once -------------------------------------------------------------------------- */

static int remember(struct reading *reading, struct export_known_options *base, size_t size,
		    struct export_option_text **made)
{
	struct export_option_text *text = export_list_memory(reading->list, sizeof(*text) + size + 1);

	if (!text)
		return -ENOMEM;
	if (size)
		memcpy(text->text, reading->text, size);
	text->ignored = reading->ignored;
	text->options = export_list_options(reading->list, &reading->to);
	if (!text->options)
		return -ENOMEM;
	HASH_ADD_KEYPTR(hh, base->texts, text->text, size, text);
	*made = text;
	return text->hh.tbl ? 0 : -ENOMEM;
}

int export_options_read(struct export_list *list, struct export_known_options *base, const char *text, size_t size,
			struct export_known_options **options, size_t *ignored, export_option_bad *bad, void *context)
{
	struct reading reading = { .list = list, .text = text, .bad = text, .ignored = SIZE_MAX };
	struct export_option_text *known;
	int r;

	HASH_FIND(hh, base->texts, text, size, known);
	if (!known) {
		memcpy(&reading.to, &base->options, sizeof(reading.to));
		r = read_list(&reading, text, size, bad, context);
		spread_flags(&reading.to);
		if (!r)
			r = remember(&reading, base, size, &known);
		if (r)
			return r;
	}
	*ignored = known->ignored;
	*options = known->options;
	return 0;
}

/* A command line is short enough to be corrected word by word: the first one is told. */
static int keep_first(size_t at, const char *why, void *context)
{
	(void)at;
	return error_set(context, EINVAL, "%s", why);
}

int export_options_parse(struct export_list *list, const struct export_options *base, const char *text,
			 const struct export_options **options, struct error *e)
{
	struct export_known_options *known = export_list_options(list, base);
	struct export_known_options *found;
	size_t ignored;
	int r = known ? 0 : -ENOMEM;

	if (!r)
		r = export_options_read(list, known, text, strlen(text), &found, &ignored, keep_first, e);
	if (r == -ENOMEM)
		return error_set(e, ENOMEM, "no memory for options");
	if (!r)
		*options = &found->options;
	return r;
}
