/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a policy takes to load, and a decision to make, by the number of
 * sections.  Shown side by side and never judged: the decision's column should not grow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/policy/policy.h"

#define DECISIONS 20000u

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Names, patterns, subnets and export paths in equal parts. */
static void write_sections(struct strbuf *text, unsigned int sections)
{
	strbuf_addf(text, "[client]\nminimum=tls\n[server]\nminimum=tls\n");
	for (unsigned int i = 0; i < sections / 4; i++)
		strbuf_addf(text,
			    "[client \"h%u.example.com\"]\nminimum=mtls\n[client \"*.d%u.example.com\"]\ndefault=mtls\n"
			    "[client \"10.%u.%u.0/24\"]\nminimum=mtls\n[server \"/srv/%u\"]\npeers=h%u.example.com\n",
			    i, i, i / 250, i % 250, i, i);
}

static struct policy *load(const struct strbuf *text)
{
	AUTO_CONF *conf = conf_new();
	struct policy *policy = NULL;
	struct error e = { .text = "out of memory" };

	if (!conf || conf_parse(conf, "bench", text->text, text->size, &e) || policy_from_conf(conf, &policy, &e)) {
		fprintf(stderr, "policy-load: %s\n", e.text);
		exit(1);
	}
	return policy;
}

static double decide(const struct policy *policy)
{
	double begin = now_s();

	for (unsigned int i = 0; i < DECISIONS; i++) {
		const unsigned char second = (unsigned char)(i / 250), third = (unsigned char)(i % 250);
		const struct ip_address address = { { 10, second, third, 1 }, 4 };
		struct policy_mount_question question = { { NULL, &address, 1 }, "/srv/a/b", "/mnt/a" };
		struct policy_export export;
		struct policy_mount mount;
		char name[64];

		snprintf(name, sizeof(name), "x.d%u.example.com", i);
		question.server.name = name;
		if (policy_mount(policy, &question, &mount, NULL) || policy_export(policy, "/srv/7/a", &export, NULL))
			exit(1);
	}
	return (now_s() - begin) / DECISIONS / 2;
}

int main(void)
{
	static const unsigned int sizes[] = { 4, 100, 1000, 10000, 100000 };

	printf("%10s %12s %14s\n", "sections", "load, ms", "decision, us");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		AUTO_POLICY *policy = NULL;
		AUTO_STRBUF text = { 0 };
		double begin;

		write_sections(&text, sizes[i]);
		begin = now_s();
		policy = load(&text);
		printf("%10u %12.2f ", sizes[i], (now_s() - begin) * 1e3);
		printf("%14.2f\n", decide(policy) * 1e6);
	}
	return 0;
}
