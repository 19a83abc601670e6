/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/probe.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_DEFAULT_MS 5000
#define TIMEOUT_MAX_S 600

/* Long options without a letter get numbers past all letters. */
enum { OPTION_NAME = 256, OPTION_CERTIFICATE, OPTION_CERT, OPTION_KEY, OPTION_TRUSTSTORE, OPTION_TIMEOUT, OPTION_JSON };

#define TEXT(member) false, offsetof(struct probe_options, member)
#define FLAG(member) true, offsetof(struct probe_options, member)

static const struct option_row {
	int letter;
	const char *name, *argument, *help;
	bool is_flag;
	size_t member; /* a bool, or a text */
} rows[] = {
	{ OPTION_NAME, "name", "NAME", "verify the certificate, and ask the policy, for NAME instead of SERVER",
	  TEXT(name) },
	{ OPTION_CERTIFICATE, "certificate", "NAME",
	  "show " POLICY_CERTIFICATE_FOLDER "/NAME.pem when the server asks for a certificate", TEXT(certificate) },
	{ OPTION_CERT, "cert", "FILE", "show the certificate in FILE; needs --key", TEXT(cert_file) },
	{ OPTION_KEY, "key", "FILE", "its private key", TEXT(key_file) },
	{ OPTION_TRUSTSTORE, "truststore", "FILE", "trust the authorities in FILE instead of the policy's",
	  TEXT(truststore) },
	{ OPTION_TIMEOUT, "timeout", "SECONDS", "wait as long for each step, from 1 to 600; 5 if not given",
	  TEXT(timeout) },
	{ '4', "ipv4", NULL, "only IPv4 addresses", FLAG(only_v4) },
	{ '6', "ipv6", NULL, "only IPv6 addresses", FLAG(only_v6) },
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf instead of " POLICY_FILE, TEXT(config) },
	{ OPTION_JSON, "json", NULL, "report in JSON", FLAG(json) },
	{ 'v', "verbose", NULL, "also show the policy that was applied, and more of the certificates", FLAG(verbose) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

void probe_cli_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: nfstls probe [OPTION]... SERVER[:PORT]\n"
		    "Speaks to an NFS server as a mount with TLS would, and tells how far it gets.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_STRBUF left = { 0 };

		if (rows[i].letter < 256)
			strbuf_addf(&left, "-%c, ", rows[i].letter);
		else
			strbuf_addf(&left, "    ");
		strbuf_addf(&left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
			    rows[i].argument ? rows[i].argument : "");
		if (!left.failed)
			strbuf_addf(text, "  %-24s %s\n", left.text, rows[i].help);
	}
	strbuf_addf(text, "\nThe last line is the verdict; so is the exit status:\n");
	for (enum probe_verdict v = 0; v < PROBE_VERDICT_COUNT; v++)
		strbuf_addf(text, "  %d  %-21s %s\n", (int)v, probe_verdict_word(v), probe_verdict_meaning(v));
	strbuf_addf(text, "\nIt needs neither root nor NFS in this host's kernel.  See nfstls(8).\n");
}

static void make_tables(struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* getopt stays silent; we speak */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		longs[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
					    rows[i].letter };
		if (rows[i].letter >= 256)
			continue;
		*shorts++ = (char)rows[i].letter;
		if (rows[i].argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

static void apply(int letter, struct probe_options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		void *to = (char *)options + rows[i].member;

		if (rows[i].letter != letter)
			continue;
		if (rows[i].is_flag)
			*(bool *)to = true;
		else
			*(const char **)to = optarg;
	}
}

/* ---- SERVER[:PORT] ---------------------------------------------------------- */

static int take_port(const char *text, struct probe_options *options, struct error *e)
{
	long long number;

	if (text_number(text, 1, 65535, &number))
		return *text == '/' ? error_set(e, EINVAL, "a server is probed, not a path: leave out \":%s\"", text) :
				      error_set(e, EINVAL, "\"%s\" is not a port: it is a number up to 65535", text);
	snprintf(options->port, sizeof(options->port), "%u", (unsigned int)number);
	return 0;
}

static int take_host(const char *text, size_t size, struct probe_options *options, struct error *e)
{
	if (!size)
		return error_set(e, EINVAL, "the server has no name");
	if (size >= sizeof(options->host))
		return error_set(e, EINVAL, "the server's name is too long");
	memcpy(options->host, text, size);
	return 0;
}

static int take_bracketed(const char *text, struct probe_options *options, struct error *e)
{
	const char *end = strchr(text, ']');

	if (!end || (end[1] && end[1] != ':'))
		return error_set(e, EINVAL, "\"%s\": write an IPv6 address with a port as [ADDRESS]:PORT", text);
	if (end[1] && take_port(end + 2, options, e))
		return -EINVAL;
	return take_host(text + 1, (size_t)(end - text) - 1, options, e);
}

static int take_target(const char *text, struct probe_options *options, struct error *e)
{
	const char *colon = strchr(text, ':');

	snprintf(options->port, sizeof(options->port), "%u", RPC_NFS_PORT);
	if (*text == '[')
		return take_bracketed(text, options, e);
	/* Two colons make an IPv6 address, unless a path follows the first. */
	if (!colon || (colon[1] != '/' && strchr(colon + 1, ':')))
		return take_host(text, strlen(text), options, e);
	if (take_port(colon + 1, options, e))
		return -EINVAL;
	return take_host(text, (size_t)(colon - text), options, e);
}

/* ---- all of it ---------------------------------------------------------------- */

static int check(struct probe_options *options, struct error *e)
{
	long long seconds;

	if (options->only_v4 && options->only_v6)
		return error_set(e, EINVAL, "--ipv4 and --ipv6 exclude each other");
	if (!options->cert_file != !options->key_file)
		return error_set(e, EINVAL, "--cert and --key go together");
	if (options->certificate && options->cert_file)
		return error_set(e, EINVAL, "--certificate and --cert exclude each other");
	if (options->certificate && (!*options->certificate || strchr(options->certificate, '/')))
		return error_set(e, EINVAL, "--certificate takes a name, such as host: use --cert and --key for files");
	if (options->name && !*options->name)
		return error_set(e, EINVAL, "--name is empty");
	if (!options->timeout)
		return 0;
	if (text_number(options->timeout, 1, TIMEOUT_MAX_S, &seconds))
		return error_set(e, EINVAL, "--timeout takes seconds, from 1 to %d", TIMEOUT_MAX_S);
	options->timeout_ms = (int)seconds * 1000;
	return 0;
}

int probe_cli_parse(int argc, char **argv, struct probe_options *options, struct error *e)
{
	struct option longs[ARRAY_SIZE(rows) + 1] = { { 0 } };
	char shorts[2 * ARRAY_SIZE(rows) + 2];
	int letter;

	*options = (struct probe_options){ .config = POLICY_FILE, .timeout_ms = TIMEOUT_DEFAULT_MS };
	make_tables(longs, shorts);
	optind = 0; /* so that tests can parse many lines */
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (letter == ':')
			return error_set(e, EINVAL, "%s needs an argument", argv[optind - 1]);
		if (letter == '?')
			return error_set(e, EINVAL, "unknown option %s", argv[optind - 1]);
		apply(letter, options);
	}
	if (options->help)
		return 0;
	if (optind == argc)
		return error_set(e, EINVAL, "which server?");
	if (optind + 1 < argc)
		return error_set(e, EINVAL, "\"%s\" is one word too many", argv[optind + 1]);
	return check(options, e) ? -EINVAL : take_target(argv[optind], options, e);
}
