/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in fstab or on a command line, as a question about a mount. */
#include "support/policy/policy.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
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
	struct ip_address address;

	if (!address_parse(text, &address))
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
	struct ip_address own;
	int r;

	if (address_parse(question->device.host, &own))
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
		question->address[question->address_count] = address_of(&socket);
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

int policy_subject_of_mount(const char *source, const char *point, const char *options, struct policy_subject *subject,
			    struct error *e)
{
	char address[INET6_ADDRSTRLEN + 1];
	int r = policy_subject_parse(source, point, subject, e);

	if (r || !mount_option_in(options, "addr", address, sizeof(address)))
		return r;
	return policy_subject_add_address(subject, address, e);
}

/* ---- transports without TLS ---------------------------------------------------- */

/* No line of the policy decided: then the mount's own word did, beside Defaultproto= of nfsmount.conf. */
static int refuse_transport(enum xprtsec mode, const struct policy_source *source,
			    const struct mount_protocol *protocol, struct error *e)
{
	const char *key = protocol->given ? "proto" : "Defaultproto";
	AUTO_STRBUF line = { 0 };

	if (source->file)
		policy_source_format(source, &line);
	else
		strbuf_addf(&line, "xprtsec=%s", xprtsec_word(mode));
	return line.failed ? error_set(e, ENOMEM, "out of memory") :
			     error_set(e, EINVAL, "%s needs TCP, and %s=%s was asked for: leave %s= out or use %s=tcp",
				       line.text, key, protocol->name, key, key);
}

static int refuse_auto(const struct policy_source *minimum, const struct mount_protocol *protocol, struct error *e)
{
	AUTO_STRBUF line = { 0 };

	policy_source_format(minimum, &line);
	return line.failed ? error_set(e, ENOMEM, "out of memory") :
			     error_set(e, EPERM,
				       "over proto=%s xprtsec=auto can only be clear text, and %s forbids that:"
				       " leave proto= out or use proto=tcp",
				       protocol->name, line.text);
}

/* The user's own tls and mtls were checked by mount_security_check(). */
int policy_mount_settle(const struct policy_mount *answer, const struct mount_security *asked,
			const struct mount_protocol *protocol, enum xprtsec *mode, struct policy_source *source,
			struct error *e)
{
	int r = policy_mount_decide(answer, asked->given, asked->mode, mode, source, e);

	if (r || protocol->transport == MOUNT_TCP || *mode == XPRTSEC_NONE)
		return r;
	if (*mode != XPRTSEC_AUTO)
		return refuse_transport(*mode, source, protocol, e);
	if (!xprtsec_at_least(XPRTSEC_NONE, answer->minimum.mode))
		return refuse_auto(&answer->minimum.source, protocol, e);
	*mode = XPRTSEC_NONE;
	return 0;
}
