/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in fstab or on a command line, as a question about a mount. */
#include "support/policy/policy.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int policy_subject_parse(const char *source, const char *point, struct policy_subject *question, struct error *e)
{
	int r;

	*question = (struct policy_subject){ .point = point };
	r = mount_device_parse(source, strlen(source), &question->device, e);
	if (!r)
		snprintf(question->path, sizeof(question->path), "%s%s", question->device.path[0] == '/' ? "" : "/",
			 question->device.path);
	return r;
}

int policy_subject_add_address(struct policy_subject *question, const char *text, struct error *e)
{
	struct policy_address address;

	if (!policy_address_parse(text, &address))
		return error_set(e, EINVAL, "\"%s\" is no IPv4 or IPv6 address", text);
	if (question->address_count == POLICY_SUBJECT_ADDRESSES_MAX)
		return error_set(e, E2BIG, "at most %u addresses can be given", POLICY_SUBJECT_ADDRESSES_MAX);
	question->address[question->address_count++] = address;
	return 0;
}

void policy_subject_resolve(struct policy_subject *question)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;
	struct policy_address own;
	int r;

	if (policy_address_parse(question->device.host, &own))
		return;
	r = getaddrinfo(question->device.host, NULL, &hints, &all);
	if (r) {
		text_copy(question->unresolved, sizeof(question->unresolved),
			  r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
		return;
	}
	for (const struct addrinfo *one = all; one && question->address_count < POLICY_SUBJECT_ADDRESSES_MAX;
	     one = one->ai_next) {
		struct sockaddr_storage socket = { 0 };

		memcpy(&socket, one->ai_addr, one->ai_addrlen);
		question->address[question->address_count] = policy_address_of(&socket);
		question->address_count += question->address[question->address_count].size != 0;
	}
	freeaddrinfo(all);
}

int policy_subject_ask(const struct policy *policy, const struct policy_subject *question, struct policy_mount *answer,
		       struct error *e)
{
	const struct policy_mount_question asked = {
		.server = { question->device.host, question->address, question->address_count },
		.path = question->path,
		.point = question->point,
	};

	return policy_mount(policy, &asked, answer, e);
}
