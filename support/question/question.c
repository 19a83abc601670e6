/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/question/question.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int mount_question_parse(const char *source, const char *point, struct mount_question *question, struct error *e)
{
	int r;

	*question = (struct mount_question){ .point = point };
	r = device_parse(source, strlen(source), &question->device, e);
	if (!r)
		snprintf(question->path, sizeof(question->path), "%s%s", question->device.path[0] == '/' ? "" : "/",
			 question->device.path);
	return r;
}

bool mount_question_option(const char *options, const char *key, char *value, size_t room)
{
	size_t key_size = strlen(key);
	const char *found = NULL;
	size_t size = 0;

	*value = '\0';
	for (const char *at = options; at && *at; at += strcspn(at, ","), at += *at == ',') {
		if (strncmp(at, key, key_size) || at[key_size] != '=')
			continue;
		found = at + key_size + 1;
		size = strcspn(found, ",");
	}
	if (!found || size >= room)
		return false;
	memcpy(value, found, size);
	value[size] = '\0';
	return true;
}

int mount_question_add_address(struct mount_question *question, const char *text, struct error *e)
{
	struct policy_address address;

	if (!policy_address_parse(text, &address))
		return error_set(e, EINVAL, "\"%s\" is no IPv4 or IPv6 address", text);
	if (question->address_count == QUESTION_ADDRESSES_MAX)
		return error_set(e, E2BIG, "at most %u addresses can be given", QUESTION_ADDRESSES_MAX);
	question->address[question->address_count++] = address;
	return 0;
}

void mount_question_resolve(struct mount_question *question)
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
	for (const struct addrinfo *one = all; one && question->address_count < QUESTION_ADDRESSES_MAX;
	     one = one->ai_next) {
		struct sockaddr_storage socket = { 0 };

		memcpy(&socket, one->ai_addr, one->ai_addrlen);
		question->address[question->address_count] = policy_address_of(&socket);
		question->address_count += question->address[question->address_count].size != 0;
	}
	freeaddrinfo(all);
}

int mount_question_ask(const struct policy *policy, const struct mount_question *question, struct policy_mount *answer,
		       struct error *e)
{
	const struct policy_mount_question asked = {
		.server = { question->device.host, question->address, question->address_count },
		.path = question->path,
		.point = question->point,
	};

	return policy_mount(policy, &asked, answer, e);
}
