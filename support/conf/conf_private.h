/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What conf.c and load.c share. */
#ifndef NFSTLS_CONF_PRIVATE_H
#define NFSTLS_CONF_PRIVATE_H

#include "support/conf/conf.h"

/*
 * Called for each setting while a text is parsed; a negative value ends the
 * parse and becomes its result.
 */
typedef int conf_visitor(const struct conf_setting *setting, void *context, struct error *e);

/* The parser behind conf_parse(): strings of the setting live only during the call. */
int conf_parse_text(const char *name, const char *text, size_t size, conf_visitor *visit, void *context,
		    struct error *e);

/* Appends a copy. */
int conf_append(struct conf *conf, const struct conf_setting *setting, struct error *e);
/* One that is missing, until conf_set_found() of the number it was given, which is conf_source_count() before. */
int conf_append_source(struct conf *conf, const char *path, struct error *e);
void conf_set_found(struct conf *conf, size_t source, enum conf_found found);

#endif
