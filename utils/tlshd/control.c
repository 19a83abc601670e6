/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utlist.h>

#include "support/agent/agent.h"
#include "utils/tlshd/agent_private.h"
#include "utils/tlshd/proving.h"

/* A client that does not come to the point is cut off. */
#define CLIENT_SECONDS 5

/* Who asks something. */
struct client {
	struct control *control;
	struct bufferevent *stream;
	struct question *question; /* that is not answered yet; NULL: none */
	bool waits;		   /* for a reload, which takes place when the files are still */
	struct client *prev, *next;
};

struct control {
	struct agent *agent;
	struct evconnlistener *listener;
	struct client *clients; /* a utlist */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static const struct {
	const char *word;
	struct json_object *(*answer)(struct agent *agent);
} requests[] = {
	{ "status", report_status },
	{ "failures", report_failures },
	{ "sessions", report_sessions },
	{ "reload", report_reload },
};

/* "forget NAME", of nfscert unload */
static struct json_object *answer_to(struct agent *agent, const char *line)
{
	static const char forget[] = "forget ";

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (!strcmp(requests[i].word, line))
			return requests[i].answer(agent);
	if (!strncmp(line, forget, sizeof(forget) - 1))
		return report_forget(agent, line + sizeof(forget) - 1);
	return report_error("unknown request: ask for status, failures, sessions or reload");
}

/* Those that are asked of a worker. */
static const struct {
	const char *word;
	bool hold;
} questions[] = {
	{ "prove ", false },
	{ "hold ", true },
};

static void client_free(struct client *client)
{
	DL_DELETE(client->control->clients, client);
	proving_cancel(client->question);
	bufferevent_free(client->stream);
	free(client);
}

static void on_written(struct bufferevent *stream, void *context)
{
	(void)stream;
	client_free(context);
}

static void on_end(struct bufferevent *stream, short what, void *context)
{
	(void)stream;
	(void)what;
	client_free(context);
}

static void send_answer(struct json_object *answer, void *context)
{
	struct client *client = context;

	client->question = NULL;
	client->waits = false;
	report_add_namespace(answer);
	bufferevent_setcb(client->stream, NULL, on_written, on_end, client);
	bufferevent_disable(client->stream, EV_READ);
	evbuffer_add_printf(bufferevent_get_output(client->stream), "%s\n",
			    json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PRETTY));
	json_object_put(answer);
}

/* False when the line is no such question.  A client that goes away meanwhile is noticed. */
static bool ask(struct client *client, const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		size_t size = strlen(questions[i].word);

		if (strncmp(questions[i].word, line, size))
			continue;
		bufferevent_setcb(client->stream, NULL, NULL, on_end, client);
		agent_reload_if_changed(client->control->agent);
		client->question =
			proving_ask(client->control->agent, questions[i].hold, line + size, send_answer, client);
		return true;
	}
	return false;
}

/* A client that goes away meanwhile is noticed. */
static void wait_for_reload(struct client *client)
{
	static const struct timeval limit = { .tv_sec = CLIENT_SECONDS };

	bufferevent_setcb(client->stream, NULL, NULL, on_end, client);
	bufferevent_set_timeouts(client->stream, NULL, &limit);
	client->waits = true;
}

void control_reloaded(struct control *control, const struct error *why_not)
{
	struct client *client;

	if (!control)
		return;
	DL_FOREACH(control->clients, client)
		if (client->waits)
			send_answer(why_not ? report_error(why_not->text) : report_reloaded(), client);
}

static void answer(struct client *client, const char *line)
{
	struct json_object *now = answer_to(client->control->agent, line);

	if (now)
		send_answer(now, client);
	else
		wait_for_reload(client);
}

static void on_request(struct bufferevent *stream, void *context)
{
	struct client *client = context;
	struct evbuffer *input = bufferevent_get_input(stream);
	char *line = evbuffer_readln(input, NULL, EVBUFFER_EOL_LF);

	if (!line && evbuffer_get_length(input) > AGENT_REQUEST_MAX)
		client_free(client);
	if (!line)
		return;
	if (!ask(client, line))
		answer(client, line);
	free(line);
}

/* The mode of the socket says so already; this also holds where a folder was made too open. */
static bool is_root(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == 0 || peer.uid == geteuid());
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
		      void *context)
{
	struct control *control = context;
	struct timeval limit = { .tv_sec = CLIENT_SECONDS };
	struct client *client = is_root(fd) ? calloc(1, sizeof(*client)) : NULL;

	(void)listener;
	(void)address;
	(void)size;
	if (client)
		client->stream = bufferevent_socket_new(control->agent->loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client || !client->stream) {
		free(client);
		close(fd);
		return;
	}
	client->control = control;
	DL_APPEND(control->clients, client);
	bufferevent_setcb(client->stream, on_request, NULL, on_end, client);
	bufferevent_setwatermark(client->stream, EV_READ, 0, AGENT_REQUEST_MAX + 1);
	bufferevent_set_timeouts(client->stream, &limit, &limit);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

/* A socket that nobody answers is left over from an agent that was killed. */
static int remove_stale(const struct sockaddr_un *at, struct error *e)
{
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set(e, errno, "cannot open a socket: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0)
		return error_set(e, EADDRINUSE,
				 "another rpc.tlshd answers at %s: stop it, or give this one --control "
				 "PATH if it is to serve another network namespace",
				 at->sun_path);
	if (errno == ECONNREFUSED)
		(void)unlink(at->sun_path);
	return 0;
}

static int listen_at(const struct sockaddr_un *at, struct error *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t saved = umask(0177);
	int r = 0;

	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 || listen(fd, 16) < 0)
		r = error_set(e, errno, "cannot listen at %s: %s", at->sun_path, strerror(errno));
	umask(saved);
	if (r && fd >= 0)
		close(fd);
	return r ? r : fd;
}

int control_new(struct agent *agent, const char *path, struct control **control, struct error *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct control *new;
	int fd;

	if (!text_copy(at.sun_path, sizeof(at.sun_path), path))
		return error_set(e, ENAMETOOLONG, "the socket name %s is too long", path);
	fd = remove_stale(&at, e);
	if (!fd)
		fd = listen_at(&at, e);
	if (fd < 0)
		return fd;
	new = calloc(1, sizeof(*new));
	if (new)
		new->listener = evconnlistener_new(agent->loop, on_client, new,
						   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!new || !new->listener) {
		free(new);
		close(fd);
		return error_set(e, ENOMEM, "out of memory");
	}
	new->agent = agent;
	text_copy(new->path, sizeof(new->path), path);
	*control = new;
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	while (control->clients)
		client_free(control->clients);
	evconnlistener_free(control->listener);
	(void)unlink(control->path);
	free(control);
}
