/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"
#include "support/peer/peer.h"

#include <uthash.h>

/* One name on one connection, and what was found. */
struct entry {
	struct entry_key {
		char local[ADDRESS_END_MAX], remote[ADDRESS_END_MAX], host[MOUNT_HOST_MAX + 1]; /* zero behind */
	} key;
	bool is_filled;
	enum agent_verdict verdict;
	char why[512];
	UT_hash_handle hh;
};

struct peer_book {
	const struct agent_sessions *sessions;
	int64_t deadline;
	struct entry *entries;
	char error[512]; /* why there is no entry */
};

struct peer_book *peer_book_new(const struct agent_sessions *sessions, int limit_ms)
{
	struct peer_book *book = calloc(1, sizeof(*book));

	if (!book)
		return NULL;
	book->sessions = sessions;
	book->deadline = clock_ms() + limit_ms;
	return book;
}

void peer_book_free(struct peer_book *book)
{
	struct entry *entry, *next;

	if (!book)
		return;
	HASH_ITER(hh, book->entries, entry, next) {
		HASH_DEL(book->entries, entry);
		free(entry);
	}
	free(book);
}

/* The agent judges what the server has shown for a name that nobody has asked for before. */
static void ask(const struct peer_book *book, const struct sockaddr_storage *local,
		const struct sockaddr_storage *remote, const char *host, struct agent_proof *proof)
{
	const struct agent_proof_question question = { .name = host, .local = local, .remote = remote };
	int64_t left = book->deadline - clock_ms();
	struct error e;

	if (left > 0 && !agent_prove(&question, (int)left, proof, &e))
		return;
	*proof = (struct agent_proof){ .verdict = AGENT_UNKNOWN };
	text_copy(proof->reason, sizeof(proof->reason), left > 0 ? e.text : "rpc.tlshd has answered too slowly");
}

/* What is well, as it is nearly always, needs no place in the book. */
static bool is_proven(const struct peer_book *book, const struct sockaddr_storage *local,
		      const struct sockaddr_storage *remote, const char *host, struct agent_proof *proof, bool *asked)
{
	*asked = agent_sessions_proof(book->sessions, local, remote, host, proof);
	return *asked && proof->verdict == AGENT_PROVEN;
}

/* The place of this name on this connection; NULL without memory.  A new one has no sentence. */
static struct entry *find(struct peer_book *book, const struct sockaddr_storage *local,
			  const struct sockaddr_storage *remote, const char *host)
{
	struct entry *entry, *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	address_end_text(local, made->key.local);
	address_end_text(remote, made->key.remote);
	text_copy(made->key.host, sizeof(made->key.host), host);
	HASH_FIND(hh, book->entries, &made->key, sizeof(made->key), entry);
	if (!entry) {
		HASH_ADD(hh, book->entries, key, sizeof(made->key), made);
		if (made->hh.tbl)
			return made;
	}
	free(made);
	return entry;
}

static void fill(const struct peer_book *book, const struct sockaddr_storage *local,
		 const struct sockaddr_storage *remote, struct agent_proof *proof, bool asked, struct entry *entry)
{
	if (!asked)
		ask(book, local, remote, entry->key.host, proof);
	entry->is_filled = true;
	entry->verdict = proof->verdict;
	text_copy(entry->why, sizeof(entry->why), proof->reason);
}

static void judge(struct peer_book *book, const struct sockaddr_storage *local, const struct sockaddr_storage *remote,
		  struct peer_answer *answer)
{
	struct agent_proof proof;
	struct entry *entry;
	bool asked;

	if (is_proven(book, local, remote, answer->host, &proof, &asked)) {
		answer->verdict = AGENT_PROVEN;
		return;
	}
	entry = find(book, local, remote, answer->host);
	answer->why = "there is no memory";
	if (!entry)
		return;
	if (!entry->is_filled)
		fill(book, local, remote, &proof, asked, entry);
	answer->verdict = entry->verdict;
	answer->why = entry->why;
}

static void judge_source(struct peer_book *book, const struct sockaddr_storage *local,
			 const struct sockaddr_storage *remote, const char *source, struct peer_answer *answer)
{
	struct mount_device device;
	struct error e;

	*answer = (struct peer_answer){ .verdict = AGENT_UNKNOWN, .host = "?", .why = "" };
	if (mount_device_parse(source, strlen(source), &device, &e)) {
		text_copy(book->error, sizeof(book->error), e.text);
		answer->why = book->error;
		return;
	}
	text_copy(answer->host, sizeof(answer->host), device.host);
	judge(book, local, remote, answer);
}

void peer_judge(struct peer_book *book, const struct sockaddr_storage *local, const struct sockaddr_storage *remote,
		const struct transport_mount *mount, struct peer_answer *answer)
{
	const char *recorded = mount->recorded_source;

	judge_source(book, local, remote, mount->source, answer);
	/* What is recorded may be a line of fstab for something else, and is none of a server then. */
	if (answer->verdict == AGENT_PROVEN && recorded && *recorded && strcmp(recorded, mount->source) != 0)
		judge_source(book, local, remote, recorded, answer);
}
