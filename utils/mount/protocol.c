/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "utils/mount/ports.h"

/* ---- transport -------------------------------------------------------- */

static const struct protocol protocols[] = {
	{ true, TRANSPORT_TCP, AF_INET, "tcp" },   { true, TRANSPORT_TCP, AF_INET6, "tcp6" },
	{ true, TRANSPORT_UDP, AF_INET, "udp" },   { true, TRANSPORT_UDP, AF_INET6, "udp6" },
	{ true, TRANSPORT_RDMA, AF_INET, "rdma" }, { true, TRANSPORT_RDMA, AF_INET6, "rdma6" },
};

static const struct protocol *protocol_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(protocols[i].name, name))
			return &protocols[i];
	return NULL;
}

/* The bare words tcp, udp and rdma; the kernel knows no others. */
static bool is_bare_protocol(const struct option_word *word)
{
	static const char *const words[] = { "tcp", "udp", "rdma" };

	for (size_t i = 0; i < ARRAY_SIZE(words) && !word->value; i++)
		if (!strcmp(word->key, words[i]))
			return true;
	return false;
}

/* A default restricts the address family, and chooses what is tried first; "given" it is not. */
static int default_protocol(const char *name, struct protocol *protocol, struct error *e)
{
	const struct protocol *named = name && *name ? protocol_named(name) : NULL;

	*protocol = (struct protocol){ false, TRANSPORT_TCP, AF_UNSPEC, "tcp" };
	if (!name || !*name)
		return 0;
	if (!named)
		return error_set(e, EPROTONOSUPPORT,
				 "Failed to find '%s' protocol (Defaultproto= of"
				 " nfsmount.conf)",
				 name);
	*protocol = *named;
	protocol->given = false;
	return 0;
}

int protocol_find(const struct options *options, const char *default_name, struct protocol *protocol, struct error *e)
{
	struct protocol usual;
	const struct protocol *found = &usual;
	int r = default_protocol(default_name, &usual, e);

	if (r)
		return r;

	for (size_t i = 0; i < options->count; i++) {
		const struct option_word *word = &options->words[i];
		const char *name = is_bare_protocol(word) ? word->key : NULL;

		if (!strcmp(word->key, "proto"))
			name = word->value ? word->value : "";
		if (!name)
			continue;
		found = protocol_named(name);
		if (!found)
			return error_set(e, EPROTONOSUPPORT, "Failed to find '%s' protocol", name);
	}
	*protocol = *found;
	return 0;
}

/* ---- version ---------------------------------------------------------- */

enum version_word { NOT_A_VERSION, VERSION_ASSIGNED, VERSION_BARE, VERSION_MINOR };

static enum version_word version_word(const struct option_word *word)
{
	if (!strcmp(word->key, "vers") || !strcmp(word->key, "nfsvers"))
		return VERSION_ASSIGNED;
	if (!strcmp(word->key, "minorversion"))
		return VERSION_MINOR;
	/* v5 is not a version but an option nobody knows: the kernel will say so */
	if (!word->value && word->key[0] == 'v' && word->key[1] >= '2' && word->key[1] <= '4' &&
	    (!word->key[2] || word->key[2] == '.'))
		return VERSION_BARE;
	return NOT_A_VERSION;
}

static int bad_version(const struct option_word *word, enum version_word kind, struct error *e)
{
	if (kind == VERSION_BARE)
		return error_set(e, EINVAL, "parsing error on 'v' option");
	return error_set(e, EINVAL, "parsing error on '%s=' option", word->key);
}

/* One digit, or one digit, a point and one digit; *minor is -1 without the second. */
static bool parse_number(const char *text, int *major, int *minor)
{
	if (text[0] < '0' || text[0] > '9')
		return false;
	*major = text[0] - '0';
	*minor = -1;
	if (!text[1])
		return true;
	if (text[1] != '.' || text[2] < '0' || text[2] > '9' || text[3])
		return false;
	*minor = text[2] - '0';
	return *major == 4;
}

struct found_version {
	int major; /* 0: none */
	int minor; /* -1: none */
	size_t at; /* index of the word */
	bool has_minor_word;
	size_t minor_at;
};

static int find_version(const struct options *options, struct found_version *found, struct error *e)
{
	*found = (struct found_version){ .minor = -1 };
	for (size_t i = 0; i < options->count; i++) {
		const struct option_word *word = &options->words[i];
		enum version_word kind = version_word(word);
		const char *text = kind == VERSION_BARE ? word->key + 1 : word->value ? word->value : "";

		if (kind == NOT_A_VERSION)
			continue;
		if (kind == VERSION_MINOR) {
			if (text[0] < '0' || text[0] > '9' || text[1])
				return bad_version(word, kind, e);
			if (found->has_minor_word)
				return error_set(e, EINVAL, "multiple version options not permitted");
			found->has_minor_word = true;
			found->minor_at = i;
			continue;
		}
		if (found->major)
			return error_set(e, EINVAL, "multiple version options not permitted");
		if (!parse_number(text, &found->major, &found->minor) || !found->major)
			return bad_version(word, kind, e);
		found->at = i;
	}
	return 0;
}

/* minorversion=N becomes vers=4.N: the kernel then has one word for one thing. */
static int use_minor_word(struct options *options, struct found_version *found, struct error *e)
{
	struct option_word *word = &options->words[found->minor_at];
	int minor = word->value[0] - '0';
	char value[8], *key;

	if (found->major && found->major != 4)
		return error_set(e, EINVAL, "minorversion=%d belongs to version 4, not to version %d", minor,
				 found->major);
	if (found->minor >= 0)
		return error_set(e, EINVAL, "multiple version options not permitted");
	snprintf(value, sizeof(value), "4.%d", minor);
	key = strdup("vers");
	if (!key || options_set_value(word, value)) {
		free_pointer(&key);
		return error_set(e, ENOMEM, "out of memory");
	}
	free_pointer(&word->key);
	word->key = key;
	/* the kernel goes by the last of the two */
	if (found->major && found->at > found->minor_at) {
		struct option_word bare = options->words[found->at];

		options->words[found->at] = *word;
		*word = bare;
	}
	found->major = 4;
	found->minor = minor;
	return 0;
}

/* One of those that belong to the MOUNT protocol, which only version 3 speaks; NULL where there is none. */
static const char *word_of_version_3(const struct options *options)
{
	static const char *const words[] = { "mounthost", "mountaddr", "mountvers", "mountproto", "mountport" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (options_last(options, words[i]))
			return words[i];
	return NULL;
}

static const struct version newest = { 4, 2 };

/* Where negotiation begins: Defaultvers=. */
static int default_version(const char *text, struct version *version, struct error *e)
{
	int major, minor;

	*version = newest;
	if (!text || !*text)
		return 0;
	if (!parse_number(text, &major, &minor) || (major != 3 && major != 4))
		return error_set(e, EINVAL,
				 "Defaultvers=%s of nfsmount.conf is no version of NFS: use 3, 4,"
				 " 4.0, 4.1 or 4.2",
				 text);
	if (major == 3)
		*version = (struct version){ .major = 3 };
	else if (minor >= 0)
		version->minor = minor;
	return 0;
}

int version_take(struct options *options, bool type_is_nfs4, const char *default_text, struct version_request *request,
		 struct error *e)
{
	struct version_request wanted = { 0 };
	struct found_version found;
	int r = find_version(options, &found, e);

	if (!r && found.has_minor_word)
		r = use_minor_word(options, &found, e);
	if (!r)
		r = default_version(default_text, &wanted.version, e);
	if (r)
		return r;
	if (wanted.version.major == 3 && (found.major || type_is_nfs4))
		wanted.version = newest;
	if (found.major == 2)
		return error_set(e, EOPNOTSUPP, "%s", "");
	if (found.major && found.major != 3 && found.major != 4)
		return error_set(e, EIO, "%s", "");
	if (found.major == 3 || (!found.major && !type_is_nfs4 && word_of_version_3(options))) {
		wanted.pinned = found.major == 3;
		wanted.version = (struct version){ 3, 0 };
	} else if (found.minor >= 0) {
		wanted.pinned = true;
		wanted.version.minor = found.minor;
	} else if (found.major || type_is_nfs4) {
		wanted.four_only = true;
		if (found.major)
			options_remove_at(options, found.at);
	}
	*request = wanted;
	return 0;
}

int version_for_tls(const struct options *options, struct version_request *request, struct error *e)
{
	const char *word = word_of_version_3(options);

	if (request->pinned)
		return 0;
	if (request->version.major == 3 && word)
		return error_set(e, EINVAL,
				 "%s= belongs to NFS version 3, in which the choice of the file system is"
				 " not protected, and with TLS that is used only where it was asked for: leave %s="
				 " out, or add vers=3 (see nfs(5))",
				 word, word);
	if (request->version.major == 3)
		request->version = newest;
	request->not_3_for_tls = !request->four_only;
	request->four_only = true;
	/* Defaultvers=4.0 asks for it */
	request->least_minor = request->version.minor ? 1 : 0;
	return 0;
}

/* ---- the list for the kernel ------------------------------------------ */

/* Words that version 3 gets once, at the end, with the values that were settled. */
static bool is_rewritten_for_3(const struct option_word *word)
{
	static const char *const words[] = { "proto",	  "port",    "mountvers", "mountproto",
					     "mountport", "nfsprog", "mountprog" };

	if (version_word(word) != NOT_A_VERSION || is_bare_protocol(word))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(word->key, words[i]))
			return true;
	return false;
}

static bool is_internet_6(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* The kernel wants to be told the address family with the protocol. */
static const char *netid_for(enum transport transport, const char *address)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].transport == transport &&
		    protocols[i].family == (is_internet_6(address) ? AF_INET6 : AF_INET))
			return protocols[i].name;
	return "tcp";
}

int protocol_of_mount(const struct options *options, const struct protocol *protocol, enum transport *transport,
		      bool *given, struct error *e)
{
	const struct option_word *word = options_last(options, "mountproto");
	const struct protocol *named;

	*transport = protocol->transport;
	*given = word;
	if (!word)
		return 0;
	named = protocol_named(word->value ? word->value : "");
	if (!named || named->transport == TRANSPORT_RDMA)
		return error_set(e, EPROTONOSUPPORT, "Failed to find '%s' protocol", word->value ? word->value : "");
	*transport = named->transport;
	return 0;
}

int protocol_mount_family(const struct options *options)
{
	const struct option_word *word = options_last(options, "mountproto");
	const struct protocol *named = word && word->value ? protocol_named(word->value) : NULL;

	return named ? named->family : AF_UNSPEC;
}

static int append_number(struct options *out, const char *key, unsigned int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return options_append(out, key, text);
}

/* What the options alone say, where nobody asked rpcbind: the kernel then finds out the rest itself. */
static int ports_by_options(const struct kernel_options_request *request, struct ports *ports, struct error *e)
{
	const struct option_word *mountvers = options_last(request->user, "mountvers");
	long long version = 3;
	bool given;

	if (mountvers && (!mountvers->value || text_number(mountvers->value, 0, 3, &version)))
		return error_set(e, EINVAL, "invalid value for 'mountvers=' option");
	ports->nfs = request->protocol->transport;
	ports->mount_version = (unsigned int)version;
	return protocol_of_mount(request->user, request->protocol, &ports->mount, &given, e);
}

/* What rpcbind said, else the user's own word; nothing when neither is there. */
static int append_port(const struct options *user, const char *key, unsigned int found, struct options *out,
		       struct error *e)
{
	const struct option_word *word = options_last(user, key);
	long long port;

	if (found)
		return append_number(out, key, found);
	if (!word)
		return 0;
	if (!word->value || text_number(word->value, 0, 65535, &port))
		return error_set(e, EINVAL, "invalid value for '%s=' option", key);
	return options_append(out, key, word->value);
}

/* addr=A[,mountaddr=M],vers=3,proto=P[,port=N],mountvers=3,mountproto=P[,mountport=N] */
static int append_3(const struct kernel_options_request *request, struct options *out, struct error *e)
{
	const char *mount_address = request->mount_address ? request->mount_address : request->address;
	struct ports ports = { 0 };
	int r = 0;

	if (request->ports)
		ports = *request->ports;
	else
		r = ports_by_options(request, &ports, e);
	if (!r)
		r = options_append(out, "addr", request->address);
	if (!r && request->mount_address)
		r = options_append(out, "mountaddr", request->mount_address);
	if (!r)
		r = options_append(out, "vers", "3");
	if (!r)
		r = options_append(out, "proto", netid_for(ports.nfs, request->address));
	if (!r)
		r = append_port(request->user, "port", ports.nfs_port, out, e);
	if (!r)
		r = append_number(out, "mountvers", ports.mount_version);
	if (!r)
		r = options_append(out, "mountproto", netid_for(ports.mount, mount_address));
	if (!r)
		r = append_port(request->user, "mountport", ports.mount_port, out, e);
	return r;
}

/* The spelling of the fallback steps is what scripts that read -v know. */
static int append_version_4(struct version version, struct options *out)
{
	char text[16];
	int r;

	if (version.minor == 1) {
		r = options_append(out, "vers", "4");
		return r ? r : options_append(out, "minorversion", "1");
	}
	snprintf(text, sizeof(text), version.minor ? "%d.%d" : "%d", version.major, version.minor);
	return options_append(out, "vers", text);
}

static int append_4(const struct kernel_options_request *request, struct options *out)
{
	int r = request->pinned ? 0 : append_version_4(request->version, out);

	if (!r)
		r = options_append(out, "addr", request->address);
	if (!r && request->client_address)
		r = options_append(out, "clientaddr", request->client_address);
	return r;
}

int kernel_options(const struct kernel_options_request *request, struct options *out, struct error *e)
{
	bool three = request->version.major == 3;
	bool rewrite = three && request->protocol->transport != TRANSPORT_RDMA;
	int r = 0;

	if (e)
		e->text[0] = '\0';
	for (size_t i = 0; i < request->user->count && !r; i++) {
		const struct option_word *word = &request->user->words[i];

		if ((rewrite && is_rewritten_for_3(word)) || !strcmp(word->key, "addr"))
			continue;
		r = options_append(out, word->key, word->value);
	}
	/* "sloppy" speaks of what follows it */
	if (!r && options_remove(out, "sloppy"))
		r = options_prepend(out, "sloppy", NULL);
	if (!r && rewrite)
		r = append_3(request, out, e);
	else if (!r && three) {
		r = request->pinned ? 0 : options_append(out, "vers", "3");
		if (!r)
			r = options_append(out, "addr", request->address);
	} else if (!r)
		r = append_4(request, out);
	if (r == -ENOMEM)
		return error_set(e, ENOMEM, "out of memory");
	return r;
}
