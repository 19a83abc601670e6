/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options as text: spelled out for etab, and what differs from the default for listings. */
#include <inttypes.h>
#include <string.h>

#include "support/export/export_private.h"

/* ---- texts ---------------------------------------------------------------------- */

void export_add_escaped(struct strbuf *out, const char *text)
{
	/* The bytes that exports(5) would read as something else; the locale has no say. */
	static const char special[] = "\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020\021\022\023"
				      "\024\025\026\027\030\031\032\033\034\035\036\037 \"#\\\177";

	strbuf_add_octal(out, text, special);
}

static void add(struct strbuf *out, const char *text)
{
	strbuf_add(out, text, strlen(text));
}

/* ---- flags ------------------------------------------------------------------------ */

static void add_flag(struct strbuf *out, uint32_t flags, const struct export_flag *row)
{
	strbuf_addf(out, "%s,", flags & row->flag ? row->set : row->clear);
}

static void add_etab_flags(struct strbuf *out, uint32_t flags)
{
	for (size_t i = 0; i < export_flag_count; i++)
		if (export_flags[i].clear || flags & export_flags[i].flag)
			add_flag(out, flags, &export_flags[i]);
}

static void add_listed_flags(struct strbuf *out, uint32_t flags, bool late)
{
	for (size_t i = 0; i < export_flag_count; i++) {
		const struct export_flag *row = &export_flags[i];

		if (row->listed == EXPORT_IN_GROUPS || (row->listed == EXPORT_IF_SET_LATE) != late)
			continue;
		if (row->listed == EXPORT_BOTH || flags & row->flag)
			add_flag(out, flags, row);
	}
}

/* ---- values ------------------------------------------------------------------------- */

static void add_identity(struct strbuf *out, const struct export_options *options)
{
	if (options->flags & NFSEXP_FSID)
		strbuf_addf(out, "fsid=%" PRIu32 ",", options->fsid);
	if (options->uuid) {
		add(out, "fsid=");
		export_add_escaped(out, options->uuid);
		add(out, ",");
	}
	if (options->reexport)
		strbuf_addf(out, "reexport=%s,", export_reexport_words[options->reexport]);
	if (options->mountpoint) {
		add(out, *options->mountpoint ? "mountpoint=" : "mountpoint");
		export_add_escaped(out, options->mountpoint);
		add(out, ",");
	}
}

static void add_locations(struct strbuf *out, const struct export_options *options)
{
	if (options->location == EXPORT_HERE)
		return;
	add(out, options->location == EXPORT_REFER ? "refer=" : "replicas=");
	export_add_escaped(out, options->locations);
	add(out, ",");
}

/* ---- sec= and xprtsec= ---------------------------------------------------------------- */

/* Flags that cannot differ between flavours hold for each of them. */
static uint32_t flags_of(const struct export_options *options, const struct export_sec *sec, uint32_t sec_flags)
{
	return sec->flags | (options->flags & ~sec_flags);
}

static void add_sec_flags(struct strbuf *out, uint32_t flags, uint32_t sec_flags)
{
	for (size_t i = 0; i < export_flag_count; i++)
		if (export_flags[i].listed == EXPORT_IN_GROUPS && sec_flags & export_flags[i].flag)
			add_flag(out, flags, &export_flags[i]);
}

/* Neighbours with the same flags make one group; every group ends in a comma. */
static void add_sec(struct strbuf *out, const struct export_options *options, uint32_t sec_flags)
{
	const struct export_sec usual = { .word = "sys", .flags = options->flags };
	const struct export_sec *sec = options->sec_count ? options->sec : &usual;
	const struct export_sec *end = sec + (options->sec_count ? options->sec_count : 1);

	while (sec < end) {
		uint32_t flags = flags_of(options, sec, sec_flags);

		strbuf_addf(out, "sec=%s", sec->word);
		for (sec++; sec < end && flags_of(options, sec, sec_flags) == flags; sec++)
			strbuf_addf(out, ":%s", sec->word);
		add(out, ",");
		add_sec_flags(out, flags, sec_flags);
	}
}

/* The end of both forms; it takes the last comma away. */
static void add_groups(struct strbuf *out, const struct export_options *options, uint32_t sec_flags)
{
	add_sec(out, options, sec_flags);
	if (options->xprtsec) {
		add(out, "xprtsec=");
		xprtsec_set_format(options->xprtsec, out);
	} else if (!out->failed) {
		out->text[--out->size] = '\0';
	}
}

/* ---- both forms -------------------------------------------------------------------------- */

void export_options_format_etab(const struct export_options *options, uint32_t sec_flags, struct strbuf *out)
{
	add_etab_flags(out, options->flags);
	add_identity(out, options);
	add_locations(out, options);
	strbuf_addf(out, "anonuid=%" PRId32 ",anongid=%" PRId32 ",", options->anonuid, options->anongid);
	add_groups(out, options, sec_flags);
}

void export_options_format_list(const struct export_options *options, uint32_t sec_flags, struct strbuf *out)
{
	add_listed_flags(out, options->flags, false);
	add_listed_flags(out, options->flags, true);
	add_identity(out, options);
	if (options->anonuid != EXPORT_NOBODY)
		strbuf_addf(out, "anonuid=%" PRId32 ",", options->anonuid);
	if (options->anongid != EXPORT_NOBODY)
		strbuf_addf(out, "anongid=%" PRId32 ",", options->anongid);
	add_locations(out, options);
	add_groups(out, options, sec_flags);
}
