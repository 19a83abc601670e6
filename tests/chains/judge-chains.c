/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge-chains DIR - what x509_verify() says of the cases that make-chains made
 *
 * One line for each: NAME WORD TEXT, where WORD is the verdict, or with lists both, as "ok,crl-missing": without and
 * with lists required; TEXT is why.  A trust store or list that cannot be loaded is "unloadable".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/x509/x509.h"

struct job {
	const char *folder;
	char name[64], purpose[16], host[256], lists[16];
};

static int read_part(const struct job *job, const char *suffix, struct bytes *to)
{
	char path[512];
	struct error e;
	int r;

	snprintf(path, sizeof(path), "%s/%s.%s", job->folder, job->name, suffix);
	r = file_read(path, X509_TRUST_FILE_MAX, FILE_ANY, to, &e);
	if (r)
		fprintf(stderr, "judge-chains: %s\n", e.text);
	return r;
}

static const char *judge(const struct x509_trust *trust, const struct x509_chain *chain, const struct job *job,
			 bool lists_required, char *why, size_t room)
{
	struct x509_demands demands = { .lists_required = lists_required, .now = time(NULL) };
	struct x509_reference reference;

	demands.purpose = !strcmp(job->purpose, "server") ? X509_FOR_SERVER : X509_FOR_CLIENT;
	if (strcmp(job->host, "-") != 0) {
		x509_reference_parse(job->host, &reference);
		demands.reference = &reference;
	}
	return reason_row(x509_verify_with(trust, chain, &demands, why, room))->word;
}

static int run(const struct job *job)
{
	AUTO_BYTES chain_pem = { 0 };
	AUTO_BYTES trust_pem = { 0 };
	AUTO_BYTES lists_pem = { 0 };
	AUTO_CHAIN chain = { .count = 0 };
	struct x509_trust *trust = NULL;
	bool has_lists = !strcmp(job->lists, "lists");
	struct error e = { .text = "" };
	char why[512] = "", of_lists[512] = "";

	if (read_part(job, "chain", &chain_pem) || read_part(job, "trust", &trust_pem) ||
	    (has_lists && read_part(job, "lists", &lists_pem)))
		return 1;
	if (x509_chain_parse("chain", chain_pem.data, chain_pem.size, &chain, &e) ||
	    x509_trust_new("trust", &trust_pem, "lists", has_lists ? &lists_pem : NULL, &trust, &e)) {
		printf("%s unloadable %s\n", job->name, e.text);
		return 0;
	}
	printf("%s %s", job->name, judge(trust, &chain, job, false, why, sizeof(why)));
	if (has_lists)
		printf(",%s", judge(trust, &chain, job, true, of_lists, sizeof(of_lists)));
	printf(" %s%s%s\n", why, has_lists ? "; " : "", of_lists);
	x509_trust_free(trust);
	return 0;
}

int main(int argc, char **argv)
{
	struct job job = { .folder = argc == 2 ? argv[1] : "." };
	char path[512], rest[64];
	FILE *cases;
	int r = 0;

	snprintf(path, sizeof(path), "%s/cases", job.folder);
	cases = argc == 2 ? fopen(path, "r") : NULL;
	if (!cases) {
		fprintf(stderr, "Usage: judge-chains DIR\n");
		return 2;
	}
	while (!r && fscanf(cases, "%63s %15s %255s %15s %63s", job.name, job.purpose, job.host, job.lists, rest) == 5)
		r = run(&job);
	fclose(cases);
	return r;
}
