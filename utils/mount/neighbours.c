/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/neighbours.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/policy/policy.h"
#include "support/rpc/rpc.h"
#include "utils/mount/security.h"

#define NAMED_MAX 3u /* in the sentence */

/* Those that are in the way, as the sentence grows. */
struct finding {
	const struct neighbour_question *question;
	struct policy_address address; /* of the question */
	struct strbuf *names;
	size_t count;
	enum xprtsec mode; /* of the first */
	bool modes_differ; /* else it is the certificate */
	bool unknown_to_kernel; /* that one of them has another certificate */
};

static bool has_text(const struct mountinfo_field *field, const char *text)
{
	return field->size == strlen(text) && !memcmp(field->text, text, field->size);
}

static bool is_version(const struct mountinfo_field *options, int minor)
{
	struct mountinfo_field value;
	char text[16];

	snprintf(text, sizeof(text), "4.%d", minor);
	return mountinfo_option(options, "vers", &value) && has_text(&value, text);
}

static bool is_port(const struct mountinfo_field *options, unsigned int port)
{
	struct mountinfo_field value;
	char text[16];

	if (!mountinfo_option(options, "port", &value))
		return port == RPC_NFS_PORT;
	snprintf(text, sizeof(text), "%u", port);
	return has_text(&value, text);
}

static bool is_address(const struct mountinfo_field *options, const struct policy_address *wanted)
{
	struct policy_address address;
	struct mountinfo_field value;
	char text[128];

	if (!mountinfo_option(options, "addr", &value) || value.size >= sizeof(text))
		return false;
	memcpy(text, value.text, value.size);
	text[value.size] = '\0';
	return policy_address_parse(text, &address) && address.size == wanted->size &&
	       !memcmp(address.bytes, wanted->bytes, wanted->size);
}

static bool is_neighbour(const struct mountinfo_entry *entry, const struct finding *finding)
{
	return has_text(&entry->type, "nfs4") && is_version(&entry->options, finding->question->minor) &&
	       is_port(&entry->options, finding->question->port) && is_address(&entry->options, &finding->address);
}

static void note(struct finding *finding, const char *source, const char *point, enum xprtsec mode)
{
	if (!finding->count)
		finding->mode = mode;
	if (finding->count++ < NAMED_MAX)
		strbuf_addf(finding->names, "%s%s on %s (xprtsec=%s)", finding->count > 1 ? ", " : "", source, point,
			    xprtsec_word(mode));
}

/* 1 when its certificate is another one, 0 when it is not, or negative errno. */
static int has_other_certificate(const struct neighbour_question *question, const char *source, const char *point)
{
	AUTO_STRBUF words = { 0 };

	if (question->mode != XPRTSEC_MTLS || question->certificate_of(question->context, source, point, &words))
		return 0;
	return words.failed ? -ENOMEM : strcmp(words.text ? words.text : "", question->certificate) != 0;
}

static int look_at(const struct mountinfo_entry *entry, struct finding *finding)
{
	const struct neighbour_question *question = finding->question;
	AUTO_FREE char *source = mountinfo_unescape(&entry->source);
	AUTO_FREE char *point = mountinfo_unescape(&entry->point);
	struct mountinfo_field serial;
	enum xprtsec mode;
	int r = 1;

	if (!source || !point)
		return -ENOMEM;
	if (security_effective(&entry->options, &mode))
		return 0;
	if (mode == question->mode)
		r = has_other_certificate(question, source, point);
	if (r <= 0 || (question->shares && !question->shares(question->context, entry)))
		return r < 0 ? r : 0;
	if (mode != question->mode)
		finding->modes_differ = true;
	else if (!question->kernel_is_told && !mountinfo_option(&entry->options, "cert_serial", &serial))
		finding->unknown_to_kernel = true;
	note(finding, source, point, mode);
	return 0;
}

static int refuse(const struct finding *finding, struct error *e)
{
	const struct neighbour_question *question = finding->question;
	char more[32] = "";

	if (finding->count > NAMED_MAX)
		snprintf(more, sizeof(more), " and %zu more", finding->count - NAMED_MAX);
	if (finding->modes_differ)
		return error_set(e, EBUSY, "the kernel would put it, with xprtsec=%s, on the connection of"
					   " %s%s: unmount that"
				 " first, or mount all of this server with the same xprtsec=",
				 xprtsec_word(question->mode), finding->names->text, more);
	return error_set(e, finding->unknown_to_kernel ? ENOTUNIQ : EXDEV,
			 "the kernel would put it on the connection of %s%s, which has another certificate: unmount"
			 " that first, or give both the same tlscertname=", finding->names->text, more);
}

int neighbours_check(const char *mountinfo, size_t size, const struct neighbour_question *question, struct error *e)
{
	const char *end = mountinfo + size;
	AUTO_STRBUF names = { 0 };
	struct finding finding = { .question = question, .names = &names };
	struct mountinfo_entry entry;
	int r = 0, line;

	if (!policy_address_parse(question->address, &finding.address))
		return 0;
	while (!r && (line = mountinfo_next(&mountinfo, end, &entry)))
		if (line > 0 && is_neighbour(&entry, &finding))
			r = look_at(&entry, &finding);
	if (r || names.failed)
		return error_set(e, ENOMEM, "out of memory");
	return finding.count ? refuse(&finding, e) : 0;
}
