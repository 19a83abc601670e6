/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/names/names.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

struct host_node {
	char *name;
	enum host_state state;
	struct export_host host;
	UT_hash_handle hh;
};

struct hosts {
	struct host_node *nodes;
	struct host_node **wanted;
	size_t wanted_count;
};

struct hosts *hosts_new(void)
{
	return calloc(1, sizeof(struct hosts));
}

void hosts_free(struct hosts *hosts)
{
	struct host_node *node, *next;

	if (!hosts)
		return;
	HASH_ITER(hh, hosts->nodes, node, next) {
		HASH_DEL(hosts->nodes, node);
		free((char *)(uintptr_t)node->host.canonical);
		free((void *)(uintptr_t)node->host.addresses);
		free(node->name);
		free(node);
	}
	free(hosts->wanted);
	free(hosts);
}

/* Everything but hosts is matched when a client comes. */
static bool is_host(const char *client, struct export_client_form *form)
{
	return !export_client_form(client, form, NULL) && form->type == EXPORT_HOST;
}

/* A number speaks for itself. */
static int know_number(struct host_node *node, const struct ip_address *address)
{
	struct ip_address *copy = calloc(1, sizeof(*copy));

	node->host.canonical = strdup(node->name);
	node->host.addresses = copy;
	if (!copy || !node->host.canonical)
		return -ENOMEM;
	*copy = *address;
	node->host.address_count = 1;
	node->state = HOST_KNOWN;
	return 0;
}

static bool add_wanted(struct hosts *hosts, struct host_node *node)
{
	return ARRAY_APPEND(hosts->wanted, hosts->wanted_count, node);
}

static struct host_node *new_node(struct hosts *hosts, const char *client)
{
	struct host_node *node = calloc(1, sizeof(*node));

	if (node)
		node->name = strdup(client);
	if (!node || !node->name) {
		free(node);
		return NULL;
	}
	node->state = HOST_UNANSWERED;
	HASH_ADD_KEYPTR(hh, hosts->nodes, node->name, strlen(node->name), node);
	if (node->hh.tbl)
		return node;
	free(node->name);
	free(node);
	return NULL;
}

int hosts_want(struct hosts *hosts, const char *client)
{
	struct export_client_form form;
	struct host_node *node;

	HASH_FIND_STR(hosts->nodes, client, node);
	if (node || !is_host(client, &form))
		return 0;
	node = new_node(hosts, client);
	if (!node)
		return -ENOMEM;
	if (form.address.size)
		return know_number(node, &form.address);
	return add_wanted(hosts, node) ? 0 : -ENOMEM;
}

static int keep(struct host_node *node, struct names_answer *answer)
{
	struct ip_address *addresses;

	if (answer->status) {
		bool passing = answer->status == EAI_AGAIN || answer->status == EAI_SYSTEM ||
			       answer->status == EAI_FAIL || answer->status == EAI_MEMORY;

		node->state = passing ? HOST_UNANSWERED : HOST_GONE;
		return 0;
	}
	addresses = calloc(answer->address_count + 1, sizeof(*addresses));
	node->host.canonical = strdup(answer->canonical);
	node->host.addresses = addresses;
	if (!addresses || !node->host.canonical)
		return -ENOMEM;
	for (size_t i = 0; i < answer->address_count; i++) {
		struct ip_address *address = &addresses[node->host.address_count];

		*address = address_of(&answer->addresses[i]);
		node->host.address_count += address->size != 0;
	}
	node->state = HOST_KNOWN;
	return 0;
}

int hosts_resolve_within(struct hosts *hosts, unsigned int limit_ms, struct error *e)
{
	const struct names_limits limits = { .deadline_ms = limit_ms };
	const size_t count = hosts->wanted_count;
	AUTO_FREE const char **names = calloc(count + 1, sizeof(*names));
	AUTO_FREE struct names_answer *answers = calloc(count + 1, sizeof(*answers));
	int r;

	if (!names || !answers)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		names[i] = hosts->wanted[i]->name;
	r = names_resolve(names, count, &limits, names_lookup_system, answers, e);
	for (size_t i = 0; !r && i < count; i++)
		if (keep(hosts->wanted[i], &answers[i]))
			r = error_set(e, ENOMEM, "out of memory");
	names_answers_free(answers, count);
	hosts->wanted_count = 0;
	return r;
}

int hosts_resolve(struct hosts *hosts, struct error *e)
{
	return hosts_resolve_within(hosts, 0, e);
}

static int remember(struct host_node *node, const struct host_node *known)
{
	struct ip_address *addresses = calloc(known->host.address_count + 1, sizeof(*addresses));

	node->host.canonical = strdup(known->host.canonical);
	node->host.addresses = addresses;
	if (!addresses || !node->host.canonical)
		return -ENOMEM;
	if (known->host.address_count)
		memcpy(addresses, known->host.addresses, known->host.address_count * sizeof(*addresses));
	node->host.address_count = known->host.address_count;
	node->state = HOST_KNOWN;
	return 0;
}

int hosts_remember(struct hosts *hosts, const struct hosts *before, size_t *count)
{
	*count = 0;
	for (struct host_node *node = hosts->nodes; node; node = node->hh.next) {
		const struct host_node *known = NULL;

		if (node->state == HOST_UNANSWERED)
			HASH_FIND_STR(before->nodes, node->name, known);
		if (!known || known->state != HOST_KNOWN)
			continue;
		if (remember(node, known))
			return -ENOMEM;
		++*count;
	}
	return 0;
}

enum host_state hosts_find(const struct hosts *hosts, const char *client, const struct export_host **host)
{
	struct export_client_form form;
	struct host_node *node;

	*host = NULL;
	HASH_FIND_STR(hosts->nodes, client, node);
	if (!node)
		return is_host(client, &form) ? HOST_UNANSWERED : HOST_NONE;
	if (node->state == HOST_KNOWN)
		*host = &node->host;
	return node->state;
}
