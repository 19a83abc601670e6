/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks that go through a list of mounts or exports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/export/export.h"
#include "utils/nfstls/check.h"

static void say_judgement(struct check *check, const char *subject, const struct check_judgement *judged)
{
	check_say_from(check, judged->level, subject, judged->remedy, *judged->source ? judged->source : check->source,
		       "%s", judged->finding);
}

/* What a file says is wrong, or not known at all. */
static void say_unread(struct check *check, const char *subject, bool unreadable, const char *remedy, const char *why)
{
	check_say(check, unreadable ? FINDING_UNKNOWN : FINDING_FAILURE, subject,
		  unreadable ? "see that it is a file, and ask again as root" : remedy, "%s", why);
}

static void say_not_understood(struct check *check, const char *subject, const char *source)
{
	check_say(check, FINDING_FAILURE, subject, "write it as SERVER:/PATH", "\"%s\" is not understood", source);
}

/* ---- fstab ------------------------------------------------------------------------ */

/* Below another root the resolver would tell of this system. */
static void find_addresses(struct check *check, struct policy_subject *question)
{
	struct ip_address own;

	if (address_parse(question->device.host, &own) || !policy_section_count(check->policy))
		return;
	if (check->live)
		policy_subject_resolve(question);
	else
		text_copy(question->unresolved, sizeof(question->unresolved), "names are not asked for below a root");
}

static bool is_loaded(const struct check *check, const char *name)
{
	struct keys_pair pair;
	struct error e;

	return check->live && !keys_find_certificate(name, &pair, &e);
}

static bool has_file(const struct check *check, const char *name)
{
	AUTO_STRBUF path = { 0 };

	strbuf_addf(&path, "%s%s/%s.pem", check->root, CERTIFICATE_FOLDER, name);
	return path.failed || access(path.text, F_OK) == 0 || errno != ENOENT;
}

/* A kernel that cannot be told the keys of a mount has the agent find the policy's certificate. */
static bool must_be_loaded(const char *name, const char *of_policy)
{
	int32_t ring;

	return strcmp(name, of_policy) && keys_ring_find(KEYS_NFS, &ring) == 0;
}

/* mtls, or auto that must come to it, needs a certificate to show. */
static void judge_certificate(struct check *check, const struct policy_subject *question,
			      const struct mount_asked *asked, enum xprtsec mode, struct check_judgement *judged)
{
	const char *name = *asked->certificate.name ? asked->certificate.name : asked->usual_certificate, *of_policy;
	struct policy_mount answer;
	struct error e;

	if (asked->certificate.serials || policy_subject_ask(check->policy, question, &answer, &e) ||
	    (mode != XPRTSEC_MTLS && answer.minimum.mode != XPRTSEC_MTLS))
		return;
	of_policy = answer.connection.certificate.value;
	name = *name ? name : of_policy;
	if (is_loaded(check, name) || (check->live && !check->is_root && strcmp(name, of_policy)) ||
	    (has_file(check, name) && !must_be_loaded(name, of_policy)))
		return;
	judged->level = FINDING_FAILURE;
	snprintf(judged->finding, sizeof(judged->finding), "mtls, but this host has no certificate \"%.200s\"%s", name,
		 has_file(check, name) ? " in the kernel's keyring" : "");
	snprintf(judged->remedy, sizeof(judged->remedy),
		 "put it at " CERTIFICATE_FOLDER "/%.200s.pem, and its "
		 "key beside it, and run nfscert load %.64s",
		 name, name);
}

/* The decision may hang on an address that is not known now. */
static void judge_unresolved(const struct policy_subject *question, struct check_judgement *judged)
{
	size_t used = strlen(judged->finding);

	if (!*question->unresolved)
		return;
	snprintf(judged->finding + used, sizeof(judged->finding) - used,
		 " (by name alone, since its addresses are not known: %s)", question->unresolved);
	if (judged->level != FINDING_OK)
		return;
	judged->level = FINDING_WARNING;
	text_copy(judged->remedy, sizeof(judged->remedy), "see nfstls explain mount with --address");
}

/* mount.nfs goes by where the mount point leads; what is not there is taken as it is written. */
static char *resolved(const struct check *check, const char *point)
{
	char *real = check->live ? realpath(point, NULL) : NULL;
	size_t size = strlen(point);

	while (size > 1 && point[size - 1] == '/')
		size--;
	return real ? real : strndup(point, size);
}

/* The same sections are odd for all lines. */
static void say_warnings(struct check *check, const struct strbuf *warnings)
{
	const char *line = warnings->text, *end;
	char text[512];

	for (; line && *line; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		snprintf(text, sizeof(text), "%.*s", (int)(end - line), line);
		check_say(check, FINDING_WARNING, SYSCONF_DIR "/nfsmount.conf", "correct it", "%s", text);
	}
}

static void judge_line(struct check *check, const struct check_mount *mount, struct policy_subject *question,
		       struct strbuf *warnings)
{
	const struct mount_line line = { mount->type, question->device.host, question->point ? question->point : "",
					 mount->options };
	struct check_judgement judged = { .source = "" };
	struct mount_asked asked;
	enum xprtsec mode;
	struct error e;

	if (mount_asked_of_line(&line, check->host.nfsmount, &asked, warnings, &e)) {
		check_judge_refused(e.text, &judged);
		say_judgement(check, mount->point, &judged);
		return;
	}
	find_addresses(check, question);
	check_judge_fstab(check->policy, question, &asked, &judged, &mode);
	if (judged.level == FINDING_OK)
		judge_certificate(check, question, &asked, mode, &judged);
	judge_unresolved(question, &judged);
	say_judgement(check, mount->point, &judged);
}

static void check_line(struct check *check, const struct check_mount *mount, struct strbuf *warnings)
{
	AUTO_FREE char *point = resolved(check, mount->point);
	struct policy_subject question;
	struct error e;

	if (!point) {
		check->findings.failed = true;
		return;
	}
	if (policy_subject_parse(mount->source, point, &question, &e)) {
		say_not_understood(check, mount->point, mount->source);
		return;
	}
	/* A line without a folder, as for an automounter, has none that a section could be for. */
	if (point[0] != '/')
		question.point = NULL;
	judge_line(check, mount, &question, warnings);
}

static void check_lines(struct check *check, const struct check_mounts *fstab)
{
	for (size_t i = 0; i < fstab->count; i++) {
		AUTO_STRBUF warnings = { 0 };

		check_line(check, &fstab->at[i], &warnings);
		if (!i)
			say_warnings(check, &warnings);
	}
}

void check_fstab(struct check *check)
{
	const struct check_mounts *fstab = &check->host.fstab;

	if (fstab->unread)
		say_unread(check, "/etc/fstab", fstab->unreadable, "correct it", fstab->why);
	else if (!fstab->count)
		check_say(check, FINDING_OK, "/etc/fstab", NULL, "has no line for NFS");
	if (!check->host.nfsmount)
		check_say_from(check, FINDING_FAILURE, SYSCONF_DIR "/nfsmount.conf",
			       "correct it: until then nothing is mounted", SYSCONF_DIR "/nfsmount.conf", "%s",
			       check->host.nfsmount_why.text);
	if (!fstab->count || !check->host.nfsmount || check_lacks_policy(check, "/etc/fstab"))
		return;
	check_lines(check, fstab);
}

/* ---- mounts -------------------------------------------------------------------------- */

static void check_mount(struct check *check, const struct check_mount *mount)
{
	struct policy_subject question;
	struct check_judgement judged = { .source = "" };
	struct error e;

	if (policy_subject_of_mount(mount->source, mount->point, mount->options, &question, &e)) {
		check_say(check, FINDING_UNKNOWN, mount->point, "see /proc/self/mountinfo", "not judged: %s", e.text);
		return;
	}
	check_judge_mount(check->policy, &question, mount->options, &judged);
	say_judgement(check, mount->point, &judged);
}

void check_mounts(struct check *check)
{
	const struct check_mounts *mounts = &check->host.mounts;

	if (mounts->unread)
		check_say(check, FINDING_UNKNOWN, "mounts", "see that /proc is mounted", "not examined: %s",
			  mounts->why);
	else if (!mounts->count)
		check_say(check, FINDING_OK, "mounts", NULL, "nothing is mounted over NFS");
	if (!mounts->count || check_lacks_policy(check, "mounts"))
		return;
	for (size_t i = 0; i < mounts->count; i++)
		check_mount(check, &mounts->at[i]);
}

/* ---- exports --------------------------------------------------------------------------- */

static void add_subject(const struct export *export, struct strbuf *subject)
{
	strbuf_addf(subject, "%s to %s", export->path, export->client->name);
}

/* On the file systems that are mounted below one with crossmnt. */
static void judge_crossing(struct check *check, const struct export *export, struct check_judgement *judged)
{
	struct policy_judgement answer;
	AUTO_STRBUF text = { 0 };

	policy_judge_crossing(check->sections, check->host.exports.table, export, &answer, &text);
	if (answer.verdict == POLICY_REFUSED)
		check_judge_refused(text.failed ? "the policy refuses it" : text.text, judged);
}

static void check_export(struct check *check, const struct export *export)
{
	struct check_judgement judged = { .source = "" };
	AUTO_STRBUF subject = { 0 };

	add_subject(export, &subject);
	check_judge_export(check->sections, export->path, export->options, &judged);
	if (judged.level == FINDING_OK)
		judge_crossing(check, export, &judged);
	say_judgement(check, subject.failed ? "an export" : subject.text, &judged);
}

/* What is said of peers must not be taken for more than it is. */
static void check_peers(struct check *check, const struct export *export)
{
	struct policy_export answer;
	AUTO_STRBUF line = { 0 };
	struct error e;

	if (policy_export(check->policy, export->path, &answer, &e) || policy_peers_are_kept(check->policy, &answer))
		return;
	policy_source_format(&answer.peers_source, &line);
	check_say_from(
		check, FINDING_WARNING, export->path,
		"export it to the addresses of these clients only, until single exports are told apart", line.text,
		"%s is not enforced for a single export: every client that may connect to this server reaches it",
		line.failed ? "peers=" : line.text);
}

static void say_nested(const struct export_nested_pair *pair, void *context)
{
	const struct export_place *place = &pair->inner->place;
	struct check *check = context;
	AUTO_STRBUF subject = { 0 };
	AUTO_STRBUF finding = { 0 };
	AUTO_STRBUF remedy = { 0 };
	AUTO_STRBUF source = { 0 };

	add_subject(pair->inner, &subject);
	strbuf_addf(&source, "%s:%u:%u", place->file, place->line, place->column);
	export_nested_format(pair, &finding);
	export_nested_format_remedy(pair, &remedy);
	if (subject.failed || finding.failed || remedy.failed || source.failed)
		check->findings.failed = true;
	else
		check_say_from(check, FINDING_WARNING, subject.text, remedy.text, source.text, "%s: %s", source.text,
			       finding.text);
}

/* What the exports make of each other; for that no policy is needed. */
static void check_nested(struct check *check)
{
	struct error e;
	int r = export_nested_find(check->host.exports.table, check->places.tree, say_nested, check, &e);

	if (r < 0)
		check->findings.failed = true;
	else if (r)
		check_say(check, FINDING_UNKNOWN, "exports", "export to networks rather than to so many hosts",
			  "there are too many clients to see of each export whether it lies in a laxer one");
}

static void judge_exports(struct check *check)
{
	const struct export_table *table = check->host.exports.table;
	const struct export *last = NULL;

	for (const struct export *export = export_table_first(table); export;
	     export = export_table_next(table, export)) {
		check_export(check, export);
		if (!last || strcmp(last->path, export->path) != 0)
			check_peers(check, export);
		last = export;
	}
}

void check_exports(struct check *check)
{
	const struct exports *exports = &check->host.exports;

	/* What follows the bad line may be exported, too. */
	check->source = exports->file ? exports->file : exports->etab;
	if (exports->unread)
		say_unread(check, "exports", exports->unreadable, "correct it, and see exportfs -v", exports->why);
	else if (!check_is_server(check))
		check_say(check, FINDING_OK, "exports", NULL, "nothing is exported");
	if (!check_is_server(check))
		return;
	if (check->places.unread)
		check_say(check, FINDING_UNKNOWN, "exports", "see that /proc is mounted",
			  "what is mounted is not known, and counts as not mounted: %s", check->places.why);
	check_nested(check);
	if (!check_lacks_policy(check, "exports"))
		judge_exports(check);
}
