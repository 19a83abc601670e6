/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/messages.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void print_line(FILE *to, const char *program, const char *fmt, va_list args)
{
	fflush(stdout); /* so that the two streams keep their order in one file */
	fprintf(to, "%s: ", program);
	vfprintf(to, fmt, args);
	fputc('\n', to);
	fflush(to);
}

void message_error(const char *program, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(stderr, program, fmt, args);
	va_end(args);
}

void message_note(const char *program, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(stdout, program, fmt, args);
	va_end(args);
}

/* ---- a mount that failed ---------------------------------------------- */

/* %S source, %T target, %E the errno's text */
static const struct {
	int code;
	const char *pattern;
} sentences[] = {
	{ EACCES, "access denied by server while mounting %S" },
	{ EINVAL, "an incorrect mount option was specified for %T" },
	{ EOPNOTSUPP, "requested NFS version or transport protocol is not supported for %T" },
	{ ENOENT, "mounting %S failed, reason given by server: %E" },
	{ ENOTDIR, "mount spec %S or point %T is not a directory" },
	{ EBUSY, "%T is busy or already mounted or sharecache fail" },
	{ EIO, "mount system call failed for %T" },
};

static const char other_sentence[] = "%E for %S on %T";

enum transport_security { WITH_TLS = 1, WITHOUT_TLS = 2, EITHER = 3 };

/* What is known to stand behind an errno, and what to do; only what is certain enough to be said. */
static const struct {
	int code;
	enum transport_security when;
	const char *text;
} causes[] = {
	{ ESRCH, WITH_TLS,
	  "no TLS handshake agent runs on this client (in this network namespace), or it died: "
	  "start rpc.tlshd" },
	{ EACCES, WITH_TLS,
	  "the TLS handshake failed or was refused: see the agent's log, "
	  "'rpc.tlshd --ask failures'; if no handshake failed, the export does not admit this client" },
	{ EPROTONOSUPPORT, WITH_TLS,
	  "the server does not offer RPC-with-TLS (or not this NFS version): "
	  "start an agent and enable xprtsec= on the server, or check port=" },
	{ EPERM, WITH_TLS,
	  "the export wants another sec= (such as krb5) or another xprtsec= (none, tls or mtls), or another mount of "
	  "this server already fixed that" },
	{ EPERM, WITHOUT_TLS, "the export wants another sec= (such as krb5), or xprtsec=tls or xprtsec=mtls" },
	{ ENOKEY, EITHER,
	  "cert_serial= or privkey_serial= names no key: serials change with every boot, "
	  "load the key again" },
	{ EKEYREVOKED, EITHER, "the key of cert_serial= or privkey_serial= was revoked: load a new one" },
	{ ETIMEDOUT, EITHER, "the server does not answer: check its address and the firewalls between" },
	{ ECONNREFUSED, EITHER, "no NFS server listens there: start it, or check port= and the firewall" },
	{ EAGAIN, EITHER, "the name service does not answer now: try again later" },
	{ ENODEV, EITHER, "this kernel has no NFS client: load the module nfs" },
};

static const char *cause_of(int code, enum xprtsec security)
{
	enum transport_security when = security == XPRTSEC_NONE ? WITHOUT_TLS : WITH_TLS;

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (causes[i].code == code && causes[i].when & when)
			return causes[i].text;
	return NULL;
}

static void add_text(struct strbuf *to, const char *text)
{
	strbuf_add(to, text, strlen(text));
}

static void add_sentence(const char *pattern, const struct mount_subject *subject, int code, struct strbuf *to)
{
	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			strbuf_add(to, pattern, 1);
			continue;
		}
		pattern++;
		if (*pattern == 'S')
			add_text(to, subject->source);
		else if (*pattern == 'T')
			add_text(to, subject->target);
		else
			add_text(to, strerror(code));
	}
}

static const char *pattern_of(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		if (sentences[i].code == code)
			return sentences[i].pattern;
	return other_sentence;
}

/* Options that only some kernels have. */
static const char *advice_on_word(const char *word)
{
	static const struct {
		const char *key;
		const char *text;
	} rows[] = {
		{ "xprtsec=", ": its NFS client has no TLS, which needs Linux 6.5 or newer with CONFIG_NFS_V4"
			      " and CONFIG_TLS" },
		{ "cert_serial=", ": it has no keyring for NFS certificates: leave the option out, and put"
				  " certificate=NAME"
				  " into /etc/nfs-tls.conf" },
		{ "privkey_serial=", ": it has no keyring for NFS certificates: leave the option out, and put"
				     " certificate=NAME into /etc/nfs-tls.conf" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strncmp(word, rows[i].key, strlen(rows[i].key)))
			return rows[i].text;
	return "";
}

static void add_reason(const struct mount_subject *subject, const struct kernel_failure *failure, struct strbuf *to)
{
	const char *cause = cause_of(failure->code, subject->security);

	if (failure->word_refused)
		strbuf_addf(to, ": the kernel refuses '%s'%s", failure->word,
			    failure->code == EINVAL ? advice_on_word(failure->word) : "");
	if (cause && (!failure->word_refused || failure->code != EINVAL))
		strbuf_addf(to, ": %s", cause);
	if (failure->text[0] && (failure->word_refused || cause))
		strbuf_addf(to, " (kernel: %s)", failure->text);
	else if (failure->text[0])
		strbuf_addf(to, ": %s", failure->text);
}

void message_mount_failed(const struct mount_subject *subject, const struct kernel_failure *failure,
			  struct strbuf *sentence)
{
	add_sentence(pattern_of(failure->code), subject, failure->code, sentence);
	add_reason(subject, failure, sentence);
}

/* "access denied by server" would be a lie where it was this client that refused. */
void message_mount_failed_because(const struct mount_subject *subject, const struct kernel_failure *failure,
				  const char *cause, struct strbuf *sentence)
{
	if (subject->security == XPRTSEC_NONE)
		add_sentence(pattern_of(failure->code), subject, failure->code, sentence);
	else
		strbuf_addf(sentence, "mounting %s on %s with xprtsec=%s failed", subject->source, subject->target,
			    xprtsec_word(subject->security));
	strbuf_addf(sentence, ": %s", cause);
}

/* ---- an unmount that failed ------------------------------------------- */

const char *message_umount_failed(int code)
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
		{ EBUSY, "device is busy" },
		{ ENOENT, "not found" },
		{ EINVAL, "not mounted" },
		{ EPERM, "must be superuser to umount" },
		{ EIO, "can't write superblock" },
		{ ENXIO, "invalid block device" },
		{ EACCES, "block devices not permitted on fs" },
		{ EAGAIN, "its mount point, or one beside it, is moved or covered: try again, or umount -l" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].code == code)
			return texts[i].text;
	return strerror(code);
}
