/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From files to a policy, for those who read once and for those who run on. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "support/policy/policy_private.h"

static int check_blank(const struct conf *conf, struct error *e)
{
	for (size_t i = 0; i < conf_source_count(conf); i++)
		if (conf_source_found(conf, i) == CONF_BLANK)
			return error_set(e, EINVAL,
					 "%s: it is empty (as a file is that is being written, or was not "
					 "saved before a crash): write it anew; if it is to say nothing, remove it or "
					 "put a comment into it",
					 conf_source(conf, i));
	return 0;
}

/* After the file was read: by its age a stamp tells that it was the same before. */
static int add_sources(const struct conf *conf, struct still *files, struct error *e)
{
	for (size_t i = 0; i < conf_source_count(conf); i++)
		if (still_add(files, conf_source(conf, i)))
			return error_set(e, ENOMEM, "out of memory");
	return 0;
}

int policy_read(const char *root, const char *path, struct still *files, struct policy **policy, struct error *e)
{
	AUTO_POLICY *new = NULL;
	AUTO_CONF *conf = conf_new();
	bool found;
	int r, added;

	if (!conf)
		return error_set(e, ENOMEM, "out of memory");
	r = conf_load(conf, root, path, &found, e);
	added = add_sources(conf, files, r ? NULL : e);
	if (!r)
		r = added;
	if (!r)
		r = check_blank(conf, e);
	if (!r)
		r = policy_from_conf(conf, &new, e);
	if (r)
		return r;
	new->found.file = conf_source_found(conf, 0) != CONF_MISSING;
	new->found.path = policy_string(new, path);
	if (!new->found.path)
		return error_set(e, ENOMEM, "out of memory");
	*policy = new;
	new = NULL;
	return 0;
}

struct order {
	const char *root, *path;
	struct policy *read;
};

static int read_again(void *context, struct still *files, struct error *e)
{
	struct order *order = context;

	policy_free(order->read);
	order->read = NULL;
	return policy_read(order->root, order->path, files, &order->read, e);
}

static int load(const char *root, const char *path, struct policy **policy, struct error *e)
{
	struct order order = { .root = root, .path = path };
	int r = still_read(read_again, &order, e);

	if (r)
		policy_free(order.read);
	else
		*policy = order.read;
	return r;
}

/* Until the file is back, for a moment. */
static void await_file(const char *root, const char *path)
{
	static const struct timespec pause = { .tv_nsec = 100000000 };
	const int64_t until = clock_ms() + STILL_MS;
	AUTO_STRBUF real = { 0 };

	strbuf_addf(&real, "%s%s", root, path);
	while (!real.failed && access(real.text, F_OK) && clock_ms() < until)
		(void)nanosleep(&pause, NULL);
}

int policy_load(const char *root, const char *path, struct policy **policy, struct error *e)
{
	AUTO_POLICY *read = NULL;
	int r = load(root, path, &read, e);

	if (!r && policy_loss(root, read)) {
		await_file(root, path);
		policy_free(read);
		read = NULL;
		r = load(root, path, &read, e);
	}
	if (!r)
		r = policy_check_loss(root, read, e);
	if (r)
		return r;
	*policy = read;
	read = NULL;
	return 0;
}

int policy_may_follow(const struct policy *before, const struct policy *after, struct error *e)
{
	const char *what;

	if (!policy_section_count(before))
		return 0;
	if (before->found.file && !after->found.file)
		what = " is gone";
	else if (!policy_section_count(after))
		what = " sets nothing any more";
	else
		return 0;
	return error_set(e, ENOENT, "%s%s: put it back; or, to go on without it, start this program anew",
			 before->found.path, what);
}
