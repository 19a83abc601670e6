/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utils/nfstls/probe_private.h"

/* ---- policy and own certificate -------------------------------------------------- */

/* What the command line names by its files. */
static int read_own_files(struct probe_job *job, struct error *e)
{
	AUTO_BYTES file = { 0 };
	struct owncert *own = &job->own;
	int r;

	*own = (struct owncert){ .place = OWNCERT_IN_FILES };
	own->path = strdup(job->options->cert_file);
	own->key_path = strdup(job->options->key_file);
	if (!own->path || !own->key_path)
		return error_set(e, ENOMEM, "out of memory");
	r = file_read(own->path, X509_FILE_MAX, FILE_TRUSTED, &file, e);
	return r ? r : x509_chain_parse(own->path, file.data, file.size, &own->chain, e);
}

int probe_own_key(const struct probe_job *job, gnutls_privkey_t *key, struct error *e)
{
	*key = NULL;
	return job->has_own ? owncert_read_key(&job->own, key, e) : 0;
}

static int read_own(struct probe_job *job, struct error *e)
{
	gnutls_privkey_t key = NULL;
	int r = job->options->certificate ? owncert_read(CERTIFICATE_FOLDER, job->options->certificate, &job->own, e) :
					    read_own_files(job, e);

	if (!r)
		r = owncert_read_key(&job->own, &key, e);
	if (key)
		gnutls_privkey_deinit(key);
	job->has_own = !r;
	return r;
}

int probe_prepare(struct probe_job *job, struct error *e)
{
	int r = policy_load("", job->options->config, &job->policy, e);

	if (!r && (job->options->certificate || job->options->cert_file))
		r = read_own(job, e);
	return r;
}

void probe_job_free(struct probe_job *job)
{
	policy_free(job->policy);
	owncert_free(&job->own);
}

/* ---- names to addresses ------------------------------------------------------------ */

static int no_address(const struct probe_options *options, const char *why, struct error *e)
{
	char host[512];

	text_escape(host, sizeof(host), options->host, strlen(options->host));
	return error_set(e, ENXIO,
			 "cannot find the address of %s: %s: see its spelling, and the name servers of this host", host,
			 why);
}

/*
 * getaddrinfo(3) keeps no time limit.  A question that was given up goes on in a thread of the C library, which
 * is why all that it reads and writes stays for ever.
 */
static int look_up(const struct probe_options *options, struct addrinfo **answer, struct error *e)
{
	static struct addrinfo hints;
	static struct gaicb question, *questions[] = { &question };
	static char host[sizeof(options->host)], port[sizeof(options->port)];
	struct timespec limit = { .tv_sec = options->timeout_ms / 1000 };
	int r;

	hints = (struct addrinfo){ .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	hints.ai_family = options->only_v4 ? AF_INET : options->only_v6 ? AF_INET6 : AF_UNSPEC;
	text_copy(host, sizeof(host), options->host);
	text_copy(port, sizeof(port), options->port);
	question = (struct gaicb){ .ar_name = host, .ar_service = port, .ar_request = &hints };
	r = getaddrinfo_a(GAI_NOWAIT, questions, 1, NULL);
	if (r)
		return no_address(options, gai_strerror(r), e);
	do {
		r = gai_suspend((const struct gaicb *const *)questions, 1, &limit);
	} while (r == EAI_INTR);
	if (r == EAI_AGAIN)
		return no_address(options, "no name server answered in time", e);
	r = gai_error(&question);
	if (r)
		return no_address(options, r == EAI_SYSTEM ? "the system gave up" : gai_strerror(r), e);
	*answer = question.ar_result;
	return 0;
}

static void take_address(const struct addrinfo *info, struct probe_result *result)
{
	struct probe_findings *f;

	if (result->count == PROBE_ADDRESSES_MAX || info->ai_addrlen > sizeof(f->address)) {
		result->left_out++;
		return;
	}
	f = &result->at[result->count++];
	memcpy(&f->address, info->ai_addr, info->ai_addrlen);
	f->address_size = info->ai_addrlen;
	rpc_address_text(info->ai_addr, info->ai_addrlen, f->text);
}

int probe_resolve(const struct probe_options *options, struct probe_result *result, struct error *e)
{
	struct addrinfo *answer = NULL;
	int r = look_up(options, &answer, e);

	if (r)
		return r;
	result->at = calloc(PROBE_ADDRESSES_MAX, sizeof(*result->at));
	for (const struct addrinfo *info = answer; result->at && info; info = info->ai_next)
		take_address(info, result);
	freeaddrinfo(answer);
	if (!result->at)
		return error_set(e, ENOMEM, "out of memory");
	return result->count ? 0 : no_address(options, "it has none that is of use", e);
}

/* ---- what policy says of them ---------------------------------------------------------- */

static int read_bundle(const char *path, struct bytes *file, const struct bytes **out, struct error *e)
{
	int r = path ? file_read(path, X509_TRUST_FILE_MAX, FILE_TRUSTED, file, e) : 0;

	*out = path && !r ? file : NULL;
	return r;
}

static int read_trust(const struct probe_job *job, struct probe_findings *f, struct error *e)
{
	const char *ca_path = job->options->truststore ? job->options->truststore : f->policy.truststore.value;
	const char *crl_path = f->policy.crl.value;
	AUTO_BYTES ca_file = { 0 };
	AUTO_BYTES crl_file = { 0 };
	const struct bytes *ca, *crl = NULL;
	int r = read_bundle(ca_path, &ca_file, &ca, e);

	if (!r)
		r = read_bundle(crl_path, &crl_file, &crl, e);
	if (r)
		return r;
	return x509_trust_new(ca_path ? ca_path : "the system's trust store", ca, crl_path ? crl_path : "", crl,
			      &f->trust, e);
}

int probe_ask_policy(const struct probe_job *job, struct probe_result *result, struct error *e)
{
	for (size_t i = 0; i < result->count; i++) {
		struct probe_findings *f = &result->at[i];
		struct ip_address address = address_of(&f->address);
		int r = policy_client_connection(job->policy, job->name, &address, &f->policy, e);

		if (!r)
			r = read_trust(job, f, e);
		if (r)
			return r;
	}
	return 0;
}
