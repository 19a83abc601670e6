/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- clients -------------------------------------------------------------------------------- */

int answers_domain(const struct generation *generation, const struct access_client *client, bool per_address,
		   struct strbuf *domain)
{
	const struct access *access = generation->exports->access;
	char text[ADDRESS_TEXT_MAX];
	AUTO_ACCESS_SCOPE scope = { 0 };
	int r = access_scope_of(access, client, &scope);

	if (r || !scope.count)
		return r;
	address_text(&client->address, text);
	if (!per_address)
		access_domain_format(access, &scope, domain);
	else if (*text)
		strbuf_addf(domain, "$%s", text);
	return domain->failed ? -ENOMEM : 0;
}

/* ---- file handles ------------------------------------------------------------------------------ */

/* An export with mountpoint= is there only while something is mounted there. */
static bool waits_for_mount(const struct generation *generation, const struct export *export)
{
	const char *point = export ? export->options->mountpoint : NULL;

	return point && !volumes_is_mounted(generation->volumes, *point ? point : export->path);
}

static enum answers_verdict of_number(const struct generation *generation, const struct access_scope *scope,
				      const struct upcall_request *request, const char **path)
{
	struct access_answer found;
	uint32_t number;

	if (request->fsid_size != sizeof(number))
		return ANSWERS_NO;
	memcpy(&number, request->fsid, sizeof(number));
	*path = access_find_fsid(generation->exports->access, scope, number);
	if (!*path)
		return ANSWERS_NO;
	if (access_find(generation->exports->access, scope, *path, &found) && waits_for_mount(generation, found.export))
		return ANSWERS_HOLD;
	return ANSWERS_YES;
}

/* Two paths of one file system where one lies in the other are no surprise; two exports side by side are. */
static void remark_on(const char *first, const char *second, struct strbuf *remark)
{
	size_t size = strlen(second);

	if (remark && !remark->size && (strncmp(first, second, size) != 0 || (first[size] != '/' && size > 1)))
		strbuf_addf(remark, "%s and %s have the same file handle: the first is used", first, second);
}

enum answers_verdict answers_handle(const struct generation *generation, const struct access_scope *scope,
				    const struct upcall_request *request, const char **path, struct strbuf *remark)
{
	enum answers_verdict verdict = ANSWERS_NO;
	const char *const *paths;
	bool is_export = false;
	size_t count;

	*path = NULL;
	if (request->fsid_type == HANDLE_NUM)
		return of_number(generation, scope, request, path);
	count = handle_index_find(generation->handles, request->fsid_type, request->fsid, request->fsid_size, &paths);
	for (size_t i = 0; i < count; i++) {
		struct access_answer found;

		if (!access_find(generation->exports->access, scope, paths[i], &found))
			continue;
		if (waits_for_mount(generation, found.export)) {
			if (verdict == ANSWERS_NO)
				verdict = ANSWERS_HOLD;
			continue;
		}
		if (verdict == ANSWERS_YES && (!found.export || is_export)) {
			if (found.export)
				remark_on(*path, paths[i], remark);
			continue;
		}
		/* The first; or an export after a mere node of the pseudo root. */
		verdict = ANSWERS_YES;
		is_export = found.export;
		*path = paths[i];
	}
	return verdict;
}

/* ---- exports -------------------------------------------------------------------------------------- */

void answers_export_free(struct answers_export *out)
{
	strbuf_free(&out->why);
	strbuf_free(&out->text);
	junction_free(&out->junction);
}

static void add_location(struct answers_export *out, const char *hosts, const char *path)
{
	struct upcall_answer *answer = &out->answer;

	if (answer->location_count < UPCALL_LOCATIONS_MAX)
		out->locations[answer->location_count++] = (struct upcall_location){ hosts, path };
	answer->locations = out->locations;
}

/*
 * PATH@HOST[+HOST][:PATH@HOST...], as exports(5) has it.  A host may be an IPv6 address in brackets, whose colons
 * separate nothing.
 */
static void add_written_locations(struct answers_export *out, const char *written)
{
	char *text, *item;

	strbuf_addf(&out->text, "%s", written);
	if (out->text.failed)
		return;
	text = out->text.text;
	while ((item = text) && *item) {
		char *end = item, *at;
		unsigned int depth = 0;

		for (; *end && (*end != ':' || depth); end++) {
			depth += *end == '[';
			depth -= *end == ']' && depth;
		}
		text = *end ? end + 1 : NULL;
		*end = '\0';
		at = strrchr(item, '@');
		if (*item != '/' || !at || !at[1]) {
			strbuf_addf(&out->why, "\"%s\" is no location: expected PATH@HOST; it is left out", item);
			continue;
		}
		*at = '\0';
		for (char *plus = at + 1; *plus; plus++)
			if (*plus == '+')
				*plus = ':';
		add_location(out, at + 1, item);
	}
}

static void add_junction_locations(struct answers_export *out)
{
	for (size_t i = 0; i < out->junction.count; i++)
		add_location(out, out->junction.locations[i].host, out->junction.locations[i].path);
}

static void fill(const struct access_answer *found, unsigned int modes, struct upcall_answer *answer)
{
	const struct export_options *options = found->export ? found->export->options : &export_options_default;

	_Static_assert(EXPORT_SEC_MAX <= UPCALL_SEC_MAX, "all of an export's flavours fit into an answer");
	answer->flags = found->flags;
	answer->anonuid = options->anonuid;
	answer->anongid = options->anongid;
	answer->fsid = (int32_t)options->fsid;
	for (unsigned int i = 0; i < found->sec_count && i < ARRAY_SIZE(found->sec); i++) {
		answer->sec[i].flavor = found->sec[i].flavor;
		answer->sec[i].flags = found->sec[i].flags;
		answer->sec_count = i + 1;
	}
	/* No list means all of them to the kernel. */
	if (modes != XPRTSEC_ALL || options->xprtsec)
		answer->xprtsec = modes;
}

static void add_uuid(const struct generation *generation, const struct access_answer *found, const char *path,
		     struct upcall_answer *answer)
{
	const char *written = found->export && !found->inherited ? found->export->options->uuid : NULL;
	struct volume_facts facts;

	if (answer->flags & NFSEXP_FSID || volumes_facts(generation->volumes, path, &facts, NULL))
		return;
	answer->has_uuid = handle_uuid(&facts, path, written, !found->export, answer->uuid);
}

/*
 * The modes that remain under the policy for this very path, and for all that is served with it as things are mounted
 * now; 0, with the reason, when it is to be refused.
 */
static unsigned int modes_of(const struct generation *generation, const struct access_answer *found, const char *path,
			     struct strbuf *why)
{
	AUTO_STRBUF text = { 0 };
	struct policy_judgement judgement;

	if (!found->export)
		return found->modes;
	if (found->inherited)
		return policy_modes_inherited(generation->sections, found->export, path, why);
	policy_judge_export(generation->sections, path, found->export->options, &judgement, &text);
	if (!judgement.modes) /* what was chosen nobody needs to hear of now */
		strbuf_addf(why, "%s", text.failed ? "refused" : text.text);
	return judgement.modes;
}

/* A folder that is no mount point and no export may be a junction: it has the options of the export it lies in. */
static bool is_junction(const struct generation *generation, const struct access_scope *scope, const char *path,
			struct access_answer *found, struct answers_export *out)
{
	struct access_answer above;
	struct error e;
	int r;

	if (volumes_is_mounted(generation->volumes, path) ||
	    !access_find_above(generation->exports->access, scope, path, &above))
		return false;
	r = junction_read(path, &out->junction, &e);
	if (r < 0)
		strbuf_addf(&out->why, "%s", e.text);
	if (r <= 0)
		return false;
	*found = above;
	return true;
}

enum answers_verdict answers_export(const struct generation *generation, const struct access_scope *scope,
				    const char *path, struct answers_export *out)
{
	const struct access *access = generation->exports->access;
	struct access_answer found;
	bool is_there = access_find(access, scope, path, &found), junction = false;
	unsigned int modes;

	memset(out, 0, sizeof(*out));
	if (!is_there || found.inherited)
		junction = is_junction(generation, scope, path, &found, out);
	if (!is_there && !junction)
		return ANSWERS_NO;
	if (!junction && !found.inherited && waits_for_mount(generation, found.export)) {
		strbuf_addf(&out->why, "not a mountpoint");
		out->ttl = ANSWERS_UNMOUNTED_TTL;
		return ANSWERS_NO;
	}
	modes = modes_of(generation, &found, path, &out->why);
	if (!modes)
		return ANSWERS_NO;
	fill(&found, modes, &out->answer);
	/* Also for a junction, of which no handle will be given out: the kernel checks it as any other. */
	add_uuid(generation, &found, path, &out->answer);
	if (junction) {
		add_junction_locations(out);
		out->ttl = ANSWERS_JUNCTION_TTL;
		return ANSWERS_YES;
	}
	if (found.export && !found.inherited && found.export->options->location != EXPORT_HERE) {
		out->answer.replicas = found.export->options->location == EXPORT_REPLICAS;
		add_written_locations(out, found.export->options->locations);
		/* Who is to be sent elsewhere must not be served here instead. */
		if (out->text.failed || (!out->answer.location_count && !out->answer.replicas)) {
			strbuf_addf(&out->why, "%srefer= has no location to go to", out->why.size ? "; " : "");
			return ANSWERS_NO;
		}
	}
	if (found.rival)
		strbuf_addf(&out->why,
			    "exported to both %s and %s, which this client is: "
			    "the options of the first count",
			    found.export->client->name, found.rival->client->name);
	return ANSWERS_YES;
}
