/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/rules.h"

#include <errno.h>
#include <stdlib.h>

struct rules *rules_new(struct policy *policy)
{
	struct rules *rules = malloc(sizeof(*rules));

	if (rules)
		*rules = (struct rules){ .policy = policy, .users = 1 };
	else
		policy_free(policy);
	return rules;
}

void rules_release(struct rules *rules)
{
	if (!rules || --rules->users)
		return;
	policy_free(rules->policy);
	free(rules);
}

int rules_read(const char *path, const struct rules *before, struct still *files, struct rules **rules, struct error *e)
{
	const int64_t begin = clock_ms();
	struct still last = *files;
	AUTO_POLICY *policy = NULL;
	struct error busy;
	int r;

	*files = (struct still){ 0 };
	r = policy_read("", path, files, &policy, e);
	still_inherit(files, &last);
	still_free(&last);
	if (still_check(files, begin, &busy)) {
		*e = busy;
		return -EBUSY;
	}
	if (!r && before)
		r = policy_may_follow(before->policy, policy, e);
	if (r)
		return r;
	*rules = rules_new(policy);
	policy = NULL;
	return *rules ? 0 : error_set(e, ENOMEM, "out of memory");
}

int rules_read_first(const char *path, struct still *files, struct rules **rules, struct error *e)
{
	const int64_t until = clock_ms() + STILL_MOST_MS;
	int r = rules_read(path, NULL, files, rules, e);

	while (r == -EBUSY && clock_ms() < until) {
		still_wait(files, until);
		r = rules_read(path, NULL, files, rules, e);
	}
	if (r)
		return r;
	r = policy_check_loss("", (*rules)->policy, e);
	if (r) {
		rules_release(*rules);
		*rules = NULL;
	}
	return r;
}
