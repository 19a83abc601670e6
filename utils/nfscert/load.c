/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/still/still.h"
#include "utils/nfscert/agent.h"
#include "utils/nfscert/apart.h"
#include "utils/nfscert/command.h"
#include "utils/nfscert/examine.h"
#include "utils/nfscert/names.h"
#include "utils/nfscert/store.h"

/* Who goes on changing files is not waited for any longer. */
#define SETTLE_MOST_MS 30000

/* ---- the command line ---------------------------------------------------------- */

struct load_options {
	const char *certificate, *key, *folder, *role, *passphrase, *truststore, *config;
	bool all, settle, dry_run, verbose, help;
	unsigned int roles; /* 0: what it is fit for */
	int passphrase_fd;
};

#define TEXT(to) OPTION_KEEPS(struct load_options, to)
#define FLAG(to) OPTION_SETS(struct load_options, to)

static const struct option_row rows[] = {
	{ 0, "cert", "FILE", "the certificate and its chain, in PEM; " CERTIFICATE_FOLDER "/NAME.pem if not given",
	  TEXT(certificate) },
	{ 0, "key", "FILE", "its private key: a file, - for standard input, credential:NAME, or a pkcs11: URI",
	  TEXT(key) },
	{ 0, "passphrase-fd", "N", "the key's passphrase, or the token's PIN, is the next line of descriptor N",
	  TEXT(passphrase) },
	{ 0, "role", "ROLE", "load it as client or server only, and see that it is fit for that", TEXT(role) },
	{ 0, "truststore", "FILE", "verify it under the authorities in FILE instead of the policy's and the system's",
	  TEXT(truststore) },
	{ 'a', "all", NULL, "load all names that have files", FLAG(all) },
	{ 0, "settle", NULL,
	  "wait until the files have not changed for two seconds, and load again when they do "
	  "meanwhile",
	  FLAG(settle) },
	{ 'd', "directory", "FOLDER", "look for NAME.pem and NAME.key in FOLDER", TEXT(folder) },
	{ 'n', "dry-run", NULL, "check only, and load nothing", FLAG(dry_run) },
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf", TEXT(config) },
	{ 'v', "verbose", NULL, "tell each step", FLAG(verbose) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

static int check_options(struct load_options *o, int count, struct error *e)
{
	long long fd;

	if (o->role && role_parse(o->role, &o->roles, e))
		return -EINVAL;
	if (o->all && (count || o->certificate || o->key))
		return error_set(e, EINVAL, "--all takes neither names nor files");
	if (o->settle && (o->all || o->key || o->passphrase))
		return error_set(e, EINVAL,
				 "--settle is for names whose files can be read again: it goes with none "
				 "of --all, --cert, --key and --passphrase-fd");
	if (count > 1 && (o->certificate || o->key))
		return error_set(e, EINVAL, "--cert and --key are for one name");
	if (o->certificate && !o->key)
		return error_set(e, EINVAL, "--cert needs --key, too");
	if (!o->passphrase)
		return 0;
	if (text_number(o->passphrase, 0, INT_MAX, &fd))
		return error_set(e, EINVAL,
				 "--passphrase-fd takes the number of an open descriptor, and never the "
				 "passphrase itself");
	o->passphrase_fd = (int)fd;
	return 0;
}

/* ---- one name ---------------------------------------------------------------------- */

struct job {
	const struct load_options *options;
	const char *name;
	struct authorities *authorities;
};

static void PRINTF_LIKE(2, 3) tell(const struct job *job, const char *fmt, ...)
{
	va_list args;

	if (!job->options->verbose)
		return;
	fprintf(stderr, "nfscert: load %s: ", job->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

static int fail(const struct job *job, enum status status, const struct error *e)
{
	fprintf(stderr, "nfscert: load %s: %s\n", job->name, e->text);
	return status;
}

static void tell_loaded(const struct job *job, const struct stored *stored, const struct x509_chain *chain,
			unsigned int roles)
{
	char names[256];

	x509_cert_names(chain->cert[0], names, sizeof(names));
	printf("%s: %s, for %s, %ld days left, as %s\n", job->name,
	       stored->unchanged ? "is loaded already" :
	       stored->replaced	 ? "replaced what was loaded" :
				   "loaded",
	       names, chain_days_left(chain, time(NULL)), role_words(roles));
	tell(job, "certificate is key %d, private key is key %d%s", stored->pair.certificate, stored->pair.key,
	     stored->replaced ? ", as before" : "");
}

static int store(const struct job *job, const struct material *material, unsigned int roles)
{
	struct stored stored;
	struct error e;
	AUTO_FD lock = store_lock(&e);
	int r;

	if (lock < 0)
		return fail(job, STATUS_FAILED, &e);
	r = store_pair(job->name, &material->chain, material->key, roles, &stored, &e);
	if (r)
		return fail(job, status_of_keyring(r), &e);
	tell_loaded(job, &stored, &material->chain, roles);
	return STATUS_DONE;
}

/* In a process apart. */
static int load_one(void *context)
{
	const struct job *job = context;
	const struct load_options *o = job->options;
	struct source source = {
		.name = job->name,
		.folder = o->folder,
		.certificate = o->certificate,
		.key = o->key,
		.passphrase_fd = o->passphrase_fd,
	};
	AUTO_MATERIAL material = { 0 };
	unsigned int roles = 0;
	struct error e;
	enum status status = material_read(&source, &material, &e);

	if (!status)
		tell(job, "read %s, %u certificate%s, and %s", material.certificate_name, material.chain.count,
		     material.chain.count == 1 ? "" : "s", material.key_name);
	if (!status)
		status = examine_material(&material, job->authorities, o->roles, time(NULL), &roles, &e);
	if (status)
		return fail(job, status, &e);
	tell(job, "key and certificate are a pair; it verifies, and is fit for %s", role_words(roles));
	if (!x509_cert_names_server(material.chain.cert[0]))
		fprintf(stderr,
			"nfscert: load %s: warning: it has no DNS name and no address in subjectAltName, so that a server "
			"cannot use it\n",
			job->name);
	if (!o->dry_run)
		return store(job, &material, roles);
	printf("%s: can be loaded, as %s\n", job->name, role_words(roles));
	return STATUS_DONE;
}

/* ---- the kernel's module --------------------------------------------------------------- */

static int run_modprobe(void)
{
	static char *const arguments[] = { (char *)(uintptr_t) "modprobe", (char *)(uintptr_t) "-q",
					   (char *)(uintptr_t) "nfs", NULL };
	static char *const environment[] = { (char *)(uintptr_t) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int status = 0, r;
	pid_t child;

	r = posix_spawn(&child, "/sbin/modprobe", NULL, NULL, arguments, environment);
	if (r)
		return -r;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ENOENT;
}

/*
 * The kernel makes its keyring when the nfs module comes.  Without it the certificate is in ours, and linked by whoever
 * loads it again; mounts by name find it there.
 */
static void bring_module(const struct load_options *o)
{
	bool tell = o->verbose;
	int32_t ring;

	if (o->dry_run || o->roles == ROLE_SERVER || !keys_ring_find(KEYS_NFS, &ring))
		return;
	if (access("/sys/module/nfs", F_OK) && run_modprobe() && tell)
		fprintf(stderr, "nfscert: load: the kernel has no nfs module\n");
	if (tell && keys_ring_find(KEYS_NFS, &ring))
		fprintf(stderr,
			"nfscert: load: the kernel has no keyring %s: the keyring %s has to do, and mounts by "
			"the policy's certificate=\n",
			keys_ring_name(KEYS_NFS), keys_ring_name(KEYS_HOME));
}

/* ---- all of them -------------------------------------------------------------------------- */

/* A bad one keeps no other from being loaded; the first trouble is the status. */
static int load_each(struct job *job, const char *const *names, size_t count)
{
	int status = STATUS_DONE;

	for (size_t i = 0; i < count; i++) {
		int one;

		job->name = names[i];
		one = apart("load", load_one, job, STATUS_FAILED);
		status = status ? status : one;
	}
	return status;
}

static int load_all(struct job *job)
{
	const char *folder = job->options->folder;
	AUTO_NAMES names = { 0 };
	int status = STATUS_DONE;
	struct error e;

	if (names_read(folder, NAMES_FROM_FILES, &names, &e))
		return command_fail("load", STATUS_UNREADABLE, "%s", e.text);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.at[i].name;
		int one = load_each(job, &name, 1);

		status = status ? status : one;
	}
	if (!names.count && job->options->verbose)
		fprintf(stderr, "nfscert: load: %s has no certificate\n", folder);
	return status;
}

static int run(const struct load_options *o, const char *const *names, size_t count)
{
	struct job job = { .options = o };
	struct policy *policy = NULL;
	struct error e;
	int status;

	if (!o->truststore && policy_load("", o->config, &policy, &e))
		return command_fail("load", STATUS_FAILED, "%s", e.text);
	if (authorities_read(policy, o->truststore, &job.authorities, &e)) {
		policy_free(policy);
		return command_fail("load", STATUS_UNREADABLE, "%s", e.text);
	}
	if (authorities_trouble(job.authorities))
		fprintf(stderr, "nfscert: load: warning: goes on without a trust store: %s\n",
			authorities_trouble(job.authorities));
	bring_module(o);
	status = o->all ? load_all(&job) : load_each(&job, names, count);
	authorities_free(job.authorities);
	policy_free(policy);
	/* Of several names, those that were loaded count even when another was not. */
	if (!o->dry_run && (!status || o->all || count > 1))
		agent_notify("load", o->verbose);
	return status;
}

/* ---- files that change ---------------------------------------------------------------------- */

/* NAME.pem and NAME.key of each name. */
static int add_files(const char *folder, const char *const *names, size_t count, struct still *files, struct error *e)
{
	static const char *const suffixes[] = { "pem", "key" };

	for (size_t i = 0; i < count * ARRAY_SIZE(suffixes); i++) {
		AUTO_FREE char *path =
			command_path(folder, names[i / ARRAY_SIZE(suffixes)], suffixes[i % ARRAY_SIZE(suffixes)]);

		if (!path || still_add(files, path))
			return error_set(e, ENOMEM, "out of memory");
	}
	return 0;
}

/*
 * For whoever is started by a change and does not hear of the next one before we end (systemd.path(5)).  What is read
 * has not changed for a while, so a change while it is read cannot have the same time.
 */
static int run_settled(const struct load_options *o, const char *const *names, size_t count)
{
	int64_t until = clock_ms() + SETTLE_MOST_MS;
	AUTO_STILL files = { 0 };
	struct error e;
	int status;

	if (add_files(o->folder, names, count, &files, &e))
		return command_fail("load", STATUS_FAILED, "%s", e.text);
	still_doubt(&files);
	do {
		still_wait(&files, until);
		status = run(o, names, count);
		if (!still_changed(&files))
			return status;
	} while (clock_ms() < until);
	return command_fail("load", STATUS_FAILED,
			    "the files change all the time: they are other ones by now than "
			    "what was read");
}

static int check_names(const char *const *names, size_t count, struct error *e)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = command_name(names[i], e);
	return r;
}

int load_command(int argc, char **argv)
{
	static const char *const usual[] = { CERTIFICATE_USUAL };
	struct load_options options = { .folder = CERTIFICATE_FOLDER, .config = POLICY_FILE, .passphrase_fd = -1 };
	const struct command_form form = {
		.name = "load",
		.arguments = "[OPTION]... [NAME]...",
		.purpose =
			"Checks a certificate and its key, and puts them into the kernel's keyring.  Where something is\n"
			"loaded under the name it is replaced in place, and mounts use it at their next handshake.\n",
		.rows = rows,
		.count = ARRAY_SIZE(rows),
		.help = &options.help,
	};
	const char *const *names = usual;
	size_t count = 1;
	struct error e;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (check_options(&options, argc - first, &e))
		return command_fail("load", STATUS_USAGE, "%s: see nfscert load --help", e.text);
	if (first < argc) {
		names = (const char *const *)(argv + first);
		count = (size_t)(argc - first);
	}
	if (check_names(names, count, &e))
		return command_fail("load", STATUS_USAGE, "%s", e.text);
	if (!options.dry_run && geteuid() != 0)
		return command_fail("load", STATUS_FAILED, "only root can load keys into the kernel for NFS");
	return options.settle ? run_settled(&options, names, count) : run(&options, names, count);
}
