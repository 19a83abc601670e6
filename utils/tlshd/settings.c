/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/settings.h"

#include <errno.h>
#include <string.h>

typedef int setting_reader(const struct conf_setting *s, struct config *config, enum role role, struct error *e);

static int bad_setting(const struct conf_setting *s, struct error *e, const char *problem)
{
	return error_set(e, EINVAL, "%s:%u: %s=%s: %s", s->file, s->line, s->key, s->value, problem);
}

/* A name becomes part of a path, so it must not leave the folder. */
static int read_certificate(const struct conf_setting *s, struct config *config, enum role role, struct error *e)
{
	struct role_config *to = &config->role[role];

	if (!*s->value || strchr(s->value, '/') || s->value[0] == '.')
		return bad_setting(s, e, "a certificate is named without folder and suffix, for example host");
	if (!text_copy(to->certificate, sizeof(to->certificate), s->value))
		return bad_setting(s, e, "the name is too long");
	to->certificate_named = true;
	return 0;
}

static int read_path(const struct conf_setting *s, char *path, size_t room, struct error *e)
{
	if (s->value[0] != '/')
		return bad_setting(s, e, "a path must begin with /");
	if (!text_copy(path, room, s->value))
		return bad_setting(s, e, "the path is too long");
	return 0;
}

static int read_truststore(const struct conf_setting *s, struct config *config, enum role role, struct error *e)
{
	return read_path(s, config->role[role].truststore, sizeof(config->role[role].truststore), e);
}

static int read_crl(const struct conf_setting *s, struct config *config, enum role role, struct error *e)
{
	return read_path(s, config->role[role].crl, sizeof(config->role[role].crl), e);
}

static int read_alpn(const struct conf_setting *s, struct config *config, enum role role, struct error *e)
{
	bool optional = !strcmp(s->value, "optional");

	if (!optional && strcmp(s->value, "required"))
		return bad_setting(s, e, "must be required or optional");
	config->role[role].alpn_optional = optional;
	return 0;
}

static int read_workers(const struct conf_setting *s, struct config *config, enum role role, struct error *e)
{
	long long number;

	(void)role;
	if (text_number(s->value, 1, CONFIG_WORKERS_MAX, &number))
		return bad_setting(s, e, "must be a number from 1 to 64");
	config->workers = (unsigned int)number;
	return 0;
}

static int read_user(const struct conf_setting *s, struct config *config, enum role role, struct error *e)
{
	(void)role;
	if (!*s->value || !text_copy(config->user, sizeof(config->user), s->value))
		return bad_setting(s, e, "must be the name of a user");
	return 0;
}

static const struct setting {
	const char *section;
	const char *key;
	enum role role;
	setting_reader *read;
} settings[] = {
	{ "client", "certificate", ROLE_CLIENT, read_certificate },
	{ "client", "truststore", ROLE_CLIENT, read_truststore },
	{ "client", "crl", ROLE_CLIENT, read_crl },
	{ "client", "alpn", ROLE_CLIENT, read_alpn },
	{ "server", "certificate", ROLE_SERVER, read_certificate },
	{ "server", "truststore", ROLE_SERVER, read_truststore },
	{ "server", "crl", ROLE_SERVER, read_crl },
	{ "server", "alpn", ROLE_SERVER, read_alpn },
	{ "agent", "workers", ROLE_COUNT, read_workers },
	{ "agent", "user", ROLE_COUNT, read_user },
};

static int refuse_unknown(const struct conf_setting *s, struct error *e)
{
	AUTO_STRBUF known = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (!strcmp(settings[i].section, s->section))
			strbuf_addf(&known, "%s%s", known.size ? ", " : "", settings[i].key);
	if (known.size)
		return error_set(e, EINVAL, "%s:%u: unknown key \"%s\" in [%s]: it takes %s", s->file, s->line, s->key,
				 s->section, known.text);
	return error_set(e, EINVAL, "%s:%u: unknown section [%s]: there are [client], [server] and [agent]", s->file,
			 s->line, s->section);
}

static int read_setting(const struct conf_setting *s, struct config *config, struct error *e)
{
	if (s->argument)
		return error_set(e, EINVAL,
				 "%s:%u: [%s \"%s\"]: rules for single targets are not supported by this version: "
				 "use [%s] alone", s->file, s->line, s->section, s->argument, s->section);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (!strcmp(settings[i].section, s->section) && !strcmp(settings[i].key, s->key))
			return settings[i].read(s, config, settings[i].role, e);
	return refuse_unknown(s, e);
}

const char *role_word(enum role role)
{
	return role == ROLE_SERVER ? "server" : "client";
}

int config_from(const struct conf *conf, struct config *config, struct error *e)
{
	struct config new = { .role = { { .certificate = "host" }, { .certificate = "host" } } };

	for (size_t i = 0; i < conf_count(conf); i++) {
		int r = read_setting(conf_at(conf, i), &new, e);

		if (r)
			return r;
	}
	*config = new;
	return 0;
}
