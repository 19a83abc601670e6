/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/agent/agent.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/json/json.h"

static int connect_to(const char *path, int fd, struct error *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (!text_copy(to.sun_path, sizeof(to.sun_path), path))
		return error_set(e, ENAMETOOLONG, "the socket name %s is too long", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return error_set(e, errno,
				 "no handshake agent answers at %s: start rpc.tlshd (systemctl start"
				 " rpc-tlshd)",
				 path);
	/* So many wait for its answer that no more may. */
	if (errno == EAGAIN)
		return error_set(e, ETIMEDOUT, "the handshake agent does not answer");
	if (errno == EACCES)
		return error_set(e, errno, "only root may ask the handshake agent at %s", path);
	return error_set(e, errno, "cannot reach the handshake agent at %s: %s", path, strerror(errno));
}

static int send_request(int fd, const char *request, struct error *e)
{
	AUTO_STRBUF line = { 0 };

	strbuf_addf(&line, "%s\n", request);
	if (line.failed || line.size > AGENT_REQUEST_MAX)
		return error_set(e, EINVAL, "the request is too long");
	if (send(fd, line.text, line.size, MSG_NOSIGNAL) != (ssize_t)line.size)
		return error_set(e, errno, "cannot send to the handshake agent: %s", strerror(errno));
	return 0;
}

static int read_answer(int fd, int limit_ms, struct strbuf *answer, struct error *e)
{
	int64_t end = clock_ms() + limit_ms;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char part[16384];

	for (;;) {
		int64_t left = end - clock_ms();
		int n = left > 0 ? poll(&ready, 1, (int)left) : 0;
		ssize_t got;

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return error_set(e, ETIMEDOUT, "the handshake agent does not answer");
		got = n < 0 ? -1 : recv(fd, part, sizeof(part), 0);
		if (got < 0)
			return error_set(e, errno, "cannot read from the handshake agent: %s", strerror(errno));
		if (got == 0)
			return 0;
		strbuf_add(answer, part, (size_t)got);
		if (answer->failed || answer->size > AGENT_ANSWER_MAX)
			return error_set(e, EFBIG, "the handshake agent's answer is too long");
	}
}

/* What sending waits for, too: of this kind of socket a connection waits until the other side has room for it. */
static int limit_sending(int fd, int limit_ms, struct error *e)
{
	const struct timeval limit = { .tv_sec = limit_ms / 1000, .tv_usec = (suseconds_t)(limit_ms % 1000) * 1000 };

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ?
		       error_set(e, errno, "cannot limit a socket: %s", strerror(errno)) :
		       0;
}

int agent_ask_within(const char *path, const char *request, int limit_ms, struct strbuf *answer, struct error *e)
{
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return error_set(e, errno, "cannot open a socket: %s", strerror(errno));
	r = limit_sending(fd, limit_ms, e);
	if (!r)
		r = connect_to(path, fd, e);
	if (!r)
		r = send_request(fd, request, e);
	if (!r)
		r = read_answer(fd, limit_ms, answer, e);
	/* The agent ends every answer with a newline. */
	if (!r && (!answer->size || answer->text[answer->size - 1] != '\n'))
		r = error_set(e, EPROTO, "the handshake agent's answer is cut short");
	return r;
}

int agent_ask(const char *path, const char *request, struct strbuf *answer, struct error *e)
{
	return agent_ask_within(path, request, AGENT_LIMIT_MS, answer, e);
}

static struct json_object *ask_at(const char *path, const char *request, int limit_ms, struct error *e)
{
	struct json_object *answer, *problem;
	AUTO_STRBUF text = { 0 };

	if (agent_ask_within(path, request, limit_ms, &text, e))
		return NULL;
	answer = json_tokener_parse(text.text);
	if (!answer || !json_object_is_type(answer, json_type_object))
		error_set(e, EPROTO, "rpc.tlshd's answer is not JSON");
	else if (json_object_object_get_ex(answer, "error", &problem))
		error_set(e, EREMOTEIO, "%s", json_object_get_string(problem));
	else
		return answer;
	json_object_put(answer);
	return NULL;
}

struct json_object *agent_ask_object(const char *request, int limit_ms, struct error *e)
{
	return ask_at(AGENT_SOCKET, request, limit_ms, e);
}

/* ---- the agent of this network namespace -------------------------------------- */

bool agent_is_of_here(struct json_object *status)
{
	char here[64];
	ssize_t size = readlink("/proc/self/ns/net", here, sizeof(here) - 1);

	here[size > 0 ? size : 0] = '\0';
	return *here && !strcmp(json_text_in(status, "namespace"), here);
}

/* Agents that run with --control in the same directory; NULL when none of them serves this network namespace. */
static struct json_object *ask_others(const char *request, int64_t deadline)
{
	DIR *directory = opendir(AGENT_FOLDER);
	struct json_object *answer = NULL;
	struct dirent *entry;
	struct error ignored;

	while (directory && !answer && (entry = readdir(directory))) {
		const char *end = strrchr(entry->d_name, '.');
		int64_t left = deadline - clock_ms();
		AUTO_STRBUF path = { 0 };

		if (left <= 0 || !end || strcmp(end, ".sock") != 0)
			continue;
		strbuf_addf(&path, AGENT_FOLDER "/%s", entry->d_name);
		if (path.failed || !strcmp(path.text, AGENT_SOCKET))
			continue;
		answer = ask_at(path.text, request, (int)left, &ignored);
		if (answer && !agent_is_of_here(answer)) {
			json_object_put(answer);
			answer = NULL;
		}
	}
	if (directory)
		closedir(directory);
	return answer;
}

/* An older agent says so in its answer to "status" alone. */
static bool may_be_of_here(struct json_object *answer)
{
	return !*json_text_in(answer, "namespace") || agent_is_of_here(answer);
}

struct json_object *agent_ask_here(const char *request, int limit_ms, struct error *e)
{
	int64_t deadline = clock_ms() + limit_ms;
	struct json_object *answer = agent_ask_object(request, limit_ms, e), *other;

	if (answer && may_be_of_here(answer))
		return answer;
	other = ask_others(request, deadline);
	if (!other && answer)
		error_set(e, ENONET, "the rpc.tlshd that answers is of another network namespace, %s",
			  json_text_in(answer, "namespace"));
	json_object_put(answer);
	return other;
}
