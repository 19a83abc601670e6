/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/keys/keys.h"
#include "utils/nfstls/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/option/option.h"

#define TIMEOUT_DEFAULT_MS 5000
#define TIMEOUT_MAX_S 600

#define TEXT(to) OPTION_KEEPS(struct probe_options, to)
#define FLAG(to) OPTION_SETS(struct probe_options, to)

static const struct option_row rows[] = {
	{ 0, "name", "NAME", "verify the certificate, and ask the policy, for NAME instead of SERVER", TEXT(name) },
	{ 0, "certificate", "NAME", "show NAME, loaded or in " CERTIFICATE_FOLDER ", when asked for a certificate",
	  TEXT(certificate) },
	{ 0, "cert", "FILE", "show the certificate in FILE; needs --key", TEXT(cert_file) },
	{ 0, "key", "FILE", "its private key", TEXT(key_file) },
	{ 0, "truststore", "FILE", "trust the authorities in FILE instead of the policy's", TEXT(truststore) },
	{ 0, "timeout", "SECONDS", "wait as long for each step, from 1 to 600; 5 if not given", TEXT(timeout) },
	{ '4', "ipv4", NULL, "only IPv4 addresses", FLAG(only_v4) },
	{ '6', "ipv6", NULL, "only IPv6 addresses", FLAG(only_v6) },
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf instead of " POLICY_FILE, TEXT(config) },
	{ 0, "json", NULL, "report in JSON", FLAG(json) },
	{ 'v', "verbose", NULL, "also show the policy that was applied, and more of the certificates", FLAG(verbose) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

void probe_cli_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: nfstls probe [OPTION]... SERVER[:PORT]\n"
			  "Speaks to an NFS server as a mount with TLS would, and tells how far it gets.\n\n");
	option_rows_help(rows, ARRAY_SIZE(rows), text);
	strbuf_addf(text, "\nThe last line is the verdict; so is the exit status:\n");
	for (enum probe_verdict v = 0; v < PROBE_VERDICT_COUNT; v++)
		strbuf_addf(text, "  %d  %-21s %s\n", (int)v, probe_verdict_word(v), probe_verdict_meaning(v));
	strbuf_addf(
		text,
		"  64 the command line is wrong\n\nIt needs neither root nor NFS in this host's kernel.  See nfstls(8).\n");
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
	int first;

	*options = (struct probe_options){ .config = POLICY_FILE, .timeout_ms = TIMEOUT_DEFAULT_MS };
	if (option_rows_parse(argc, argv, rows, ARRAY_SIZE(rows), options, &first, e))
		return -EINVAL;
	if (options->help)
		return 0;
	if (first == argc)
		return error_set(e, EINVAL, "which server?");
	if (first + 1 < argc)
		return error_set(e, EINVAL, "\"%s\" is one word too many", argv[first + 1]);
	return check(options, e) ? -EINVAL : take_target(argv[first], options, e);
}
