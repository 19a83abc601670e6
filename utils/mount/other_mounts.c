/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/other_mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/mounts/mounts.h"
#include "support/policy/policy.h"
#include "support/rpc/rpc.h"

#define NAMED_MAX 3u /* in the sentence */

/* Those that are in the way, as the sentence grows. */
struct finding {
	const struct other_mounts_request *question;
	struct ip_address address; /* of the question */
	struct strbuf *names;
	size_t count;
	enum xprtsec mode; /* of the first */
	bool modes_differ; /* else it is the certificate */
	bool inseparable;  /* one of them at least */
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

static bool take_address(const char *text, size_t size, struct ip_address *address)
{
	if (!address_parse_written(text, size, address))
		return false;
	address_unmap(address);
	return true;
}

static bool has_address(const struct mountinfo_field *options, const struct ip_address *wanted)
{
	struct ip_address address;
	struct mountinfo_field value;

	return mountinfo_option(options, "addr", &value) && take_address(value.text, value.size, &address) &&
	       address_equal(&address, wanted);
}

static bool is_neighbour(const struct mountinfo_entry *entry, const struct finding *finding)
{
	const struct other_mounts_request *question = finding->question;

	if (question->shares)
		return mountinfo_is_nfs(entry) && question->shares(question->context, entry);
	return has_text(&entry->type, "nfs4") && is_version(&entry->options, question->minor) &&
	       is_port(&entry->options, question->port) && has_address(&entry->options, &finding->address);
}

bool other_mounts_is_told(const struct mountinfo_entry *entry)
{
	struct mountinfo_field serial;

	return mountinfo_option(&entry->options, "cert_serial", &serial);
}

static void note(struct finding *finding, const char *source, const char *point, enum xprtsec mode)
{
	if (!finding->count)
		finding->mode = mode;
	if (finding->count++ < NAMED_MAX)
		strbuf_addf(finding->names, "%s%s on %s (xprtsec=%s)", finding->count > 1 ? ", " : "", source, point,
			    xprtsec_word(mode));
}

enum likeness { SAME, OTHER, UNKNOWN };

static int compare_certificate(const struct other_mounts_request *question, const struct mountinfo_entry *entry,
			       const char *source, const char *point, enum likeness *likeness)
{
	AUTO_STRBUF name = { 0 };

	question->certificate_of(question->context, entry, source, point, &name);
	if (name.failed)
		return -ENOMEM;
	*likeness = !name.size ? UNKNOWN : strcmp(name.text, question->certificate) ? OTHER : SAME;
	return 0;
}

/* Before the mount a connection may still be made of its own; after it, what is on one has to be the same. */
static bool is_in_the_way(const struct other_mounts_request *question, bool told, enum likeness likeness)
{
	if (likeness != UNKNOWN)
		return likeness == OTHER;
	/* Of two that it was told the kernel has compared the numbers. */
	return !question->shares || !(told && question->kernel_is_told);
}

static int look_at_certificate(const struct mountinfo_entry *entry, const char *source, const char *point,
			       struct finding *finding)
{
	const struct other_mounts_request *question = finding->question;
	bool told = other_mounts_is_told(entry);
	enum likeness likeness;
	int r = compare_certificate(question, entry, source, point, &likeness);

	if (r || !is_in_the_way(question, told, likeness))
		return r;
	if (question->shares || (likeness == OTHER && !told && !question->kernel_is_told))
		finding->inseparable = true;
	note(finding, source, point, XPRTSEC_MTLS);
	return 0;
}

static int examine(const struct mountinfo_entry *entry, struct finding *finding)
{
	enum xprtsec wanted = finding->question->mode, mode;
	AUTO_FREE char *source = mountinfo_unescape(&entry->source);
	AUTO_FREE char *point = mountinfo_unescape(&entry->point);

	if (!source || !point)
		return -ENOMEM;
	if (mount_security_effective(&entry->options, &mode))
		return 0;
	if (mode == wanted)
		return mode == XPRTSEC_MTLS ? look_at_certificate(entry, source, point, finding) : 0;
	finding->modes_differ = true;
	note(finding, source, point, mode);
	return 0;
}

static void note_more(const struct finding *finding)
{
	if (finding->count > NAMED_MAX)
		strbuf_addf(finding->names, " and %zu more", finding->count - NAMED_MAX);
}

static int refuse_for_others(const struct finding *finding, struct error *e)
{
	const struct other_mounts_request *question = finding->question;

	note_more(finding);
	if (finding->names->failed)
		return error_set(e, ENOMEM, "out of memory");
	if (finding->modes_differ)
		return error_set(e, EBUSY,
				 "the kernel would put it, with xprtsec=%s, on the connection of"
				 " %s: unmount that"
				 " first, or mount all of this server with the same xprtsec=",
				 xprtsec_word(question->mode), finding->names->text);
	return error_set(e, finding->inseparable ? ENOTUNIQ : EXDEV,
			 "the kernel would put it on the connection of %s, which has another certificate: unmount"
			 " that first, or give both the same tlscertname=",
			 finding->names->text);
}

int other_mounts_check(const char *mountinfo, size_t size, const struct other_mounts_request *question, struct error *e)
{
	const char *end = mountinfo + size;
	AUTO_STRBUF names = { 0 };
	struct finding finding = { .question = question, .names = &names };
	struct mountinfo_entry entry;
	int r = 0, line;

	/* What is no address has no neighbours; after the mount it is not asked about. */
	if (!question->shares && !take_address(question->address, strlen(question->address), &finding.address))
		return 0;
	while (!r && (line = mountinfo_next(&mountinfo, end, &entry)))
		if (line > 0 && is_neighbour(&entry, &finding))
			r = examine(&entry, &finding);
	if (r || names.failed)
		return error_set(e, ENOMEM, "out of memory");
	return finding.count ? refuse_for_others(&finding, e) : 0;
}

static void list(const struct mountinfo_entry *entry, struct finding *finding)
{
	AUTO_FREE char *source = mountinfo_unescape(&entry->source);
	AUTO_FREE char *point = mountinfo_unescape(&entry->point);
	enum xprtsec mode;

	if (source && point && !mount_security_effective(&entry->options, &mode))
		note(finding, source, point, mode);
}

void other_mounts_list(const char *mountinfo, size_t size,
		       bool (*shares)(void *context, const struct mountinfo_entry *entry), void *context,
		       struct strbuf *names)
{
	const char *end = mountinfo + size;
	struct finding finding = { .names = names };
	struct mountinfo_entry entry;
	int line;

	while ((line = mountinfo_next(&mountinfo, end, &entry)))
		if (line > 0 && mountinfo_is_nfs(&entry) && shares(context, &entry))
			list(&entry, &finding);
	note_more(&finding);
}
