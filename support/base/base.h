/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: the few things that every other folder needs: an error object, a byte
 * buffer that is wiped when freed, a growing string, whole-file reading, and
 * the log sink of the programs.  Nothing here knows about NFS or TLS.
 */
#ifndef NFSTLS_BASE_H
#define NFSTLS_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* ---- errors ---------------------------------------------------------- */

/*
 * What went wrong, in the words that the user will read.  Owned by the caller,
 * fixed size, valid only after a function returned a negative value.
 */
struct error {
	int code; /* a positive errno */
	char text[512];
};

/* Fills *e (may be NULL) and returns -code, so that "return error_set(...)" reads well. */
int error_set(struct error *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "what: " in front of the text of *e (may be NULL) and returns -e->code. */
int error_prefix(struct error *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- bytes ----------------------------------------------------------- */

/*
 * A block of memory that may hold a secret: bytes_free() and bytes_wipe()
 * overwrite it.  data is NUL terminated one byte past size for the benefit of
 * text parsers.
 */
struct bytes {
	unsigned char *data;
	size_t size;
};

/* Allocates size zero bytes; -ENOMEM on failure.  The caller frees with bytes_free(). */
int bytes_alloc(struct bytes *b, size_t size);

/* Copies; -ENOMEM on failure.  The caller frees with bytes_free(). */
int bytes_copy(struct bytes *b, const void *data, size_t size);

/* Wipes and frees; takes NULL and empty ones. */
void bytes_free(struct bytes *b);

#define AUTO_BYTES __attribute__((cleanup(bytes_free))) struct bytes

/* ---- strings --------------------------------------------------------- */

/*
 * Room for one more item behind count of them, in an array that only grows by this: items, or where they have moved to.
 * NULL without memory, and nothing is changed.
 */
void *array_grow(void *items, size_t count, size_t size);

/* Appends to such an array, known by its pointer and its count; false without memory. */
#define ARRAY_APPEND(items, count, item)                                               \
	({                                                                             \
		__typeof__(items) grown_ = array_grow(items, count, sizeof(*(items))); \
		if (grown_) {                                                          \
			(items) = grown_;                                              \
			(items)[(count)++] = (item);                                   \
		}                                                                      \
		grown_ != NULL;                                                        \
	})

/*
 * A string that grows.  A failed allocation sets failed and makes all later
 * appends no-ops; check once at the end.  text is never NULL after the first
 * successful append.
 */
struct strbuf {
	char *text;
	size_t size;
	size_t room;
	bool failed;
};

void strbuf_add(struct strbuf *s, const char *text, size_t size);
void strbuf_addf(struct strbuf *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Appends text with control bytes, quotes, backslashes and bytes above 0x7e as \xHH: safe in a log line. */
void strbuf_add_escaped(struct strbuf *s, const char *text, size_t size);

/* Frees; takes NULL and empty ones. */
void strbuf_free(struct strbuf *s);

#define AUTO_STRBUF __attribute__((cleanup(strbuf_free))) struct strbuf

/* Like strbuf_add_escaped() into a fixed buffer; truncates, always terminates. */
void text_escape(char *out, size_t room, const char *text, size_t size);

/* Copies with truncation and termination; returns false when it did not fit. */
bool text_copy(char *out, size_t room, const char *text);

/*
 * A list of texts is one after the other, each with its NUL, and one NUL more.  Appends one that is not empty to a list
 * with room in all; false, and unchanged, when it has no room.
 */
bool text_list_add(char *list, size_t room, const char *text);

/* The next one, or the first for NULL; NULL after the last. */
const char *text_list_next(const char *list, const char *text);

/* The caller frees it; NULL without memory. */
char *text_list_copy(const char *list);

/*
 * For people: with commas between them, and a comma within one as \x2c; those that have no room, and as many more as
 * left_out says, are counted behind them: "a.example.com,b.example.com,+3".  "" for none.
 */
void text_list_show(const char *list, size_t left_out, char *out, size_t room);

/* True when the two strings are equal, letters of ASCII compared without case. */
bool text_equal_nocase(const char *a, const char *b);

/*
 * Parses a whole decimal, 0x hexadecimal or 0 octal number within [min, max].
 * -EINVAL for anything else, also trailing bytes and empty text.
 */
int text_number(const char *text, long long min, long long max, long long *value);

/*
 * The byte that a backslash and three octal digits stand for at the begin of size bytes, or -1 where there is no
 * such escape; \400 and above are none.  So the kernel writes blanks and more in files of /proc (fs/seq_file.c
 * mangle_path(), net/sunrpc/cache.c qword_add()), and nfs-utils in its own.  Of text that ends with NUL, size may be
 * SIZE_MAX.
 */
#define OCTAL_ESCAPE_SIZE 4u
int text_octal_escape(const char *text, size_t size);

/* Appends text with such escapes for the bytes that are special. */
void strbuf_add_octal(struct strbuf *buf, const char *text, const char *special);

/* As the kernel's channels take a word, and a blank (net/sunrpc/cache.c qword_get()). */
void strbuf_add_word(struct strbuf *buf, const char *text);

/* Undoes these escapes in place; a backslash that begins none stays. */
void text_unescape_octal(char *text);

/* free() for AUTO_FREE variables of any pointer type. */
void free_pointer(void *pointer_to_pointer);
#define AUTO_FREE __attribute__((cleanup(free_pointer)))

/* close() for AUTO_FD variables; ignores -1 and keeps errno. */
void close_fd(int *fd);
#define AUTO_FD __attribute__((cleanup(close_fd))) int

/* ---- files ----------------------------------------------------------- */

enum file_check {
	FILE_ANY = 0,
	FILE_TRUSTED = 1, /* owned by root or by us, not writable by group or others */
	FILE_PRIVATE = 2, /* also not readable by group or others */
};

/*
 * Reads a whole regular file of at most max bytes.  The checks are made on the
 * open descriptor, so the file that was checked is the file that was read.
 * Errors: -ENOENT and other errnos of open(2), -EFBIG, -EPERM for a failed
 * check, -EISDIR and -EINVAL for what is not a regular file.  The text names
 * the path and the remedy.
 */
int file_read(const char *path, size_t max, enum file_check check, struct bytes *out, struct error *e);

/*
 * Appends all that can be read from a file that has no size, as those of /proc, or a pipe, which is waited for.  A text
 * is there afterwards, if only an empty one.  Errors: those of open(2) and read(2), -EFBIG beyond max bytes, -ENOMEM.
 */
int file_read_unsized(const char *path, size_t max, struct strbuf *text, struct error *e);

/* The same of an open descriptor, from where it stands; path is what errors call it. */
int file_read_rest(int fd, const char *path, size_t max, struct strbuf *text, struct error *e);

/* A file that is to be replaced: with what, and the mode that it has then, whatever the umask. */
struct file_content {
	const char *path;
	const void *data;
	size_t size;
	mode_t mode;
};

/*
 * Replaces files in one step each: PATH.tmp is written, synced and renamed, then the folder is synced, so that at any
 * instant, also after a crash, PATH is the old file or the new one.  Until all is written PATH.tmp is its owner's
 * alone.  A symbolic link at PATH is replaced by a file; what is at PATH.tmp is removed.  Callers keep each other out
 * by a lock.
 *
 * All are written before the first is renamed, in the order given, and when one cannot be renamed those before it are
 * put back: on failure each PATH is as it was, unless it is only a folder that cannot be synced, and PATH.tmp is
 * removed.  Only a crash between two renames leaves some old and some new; then what the new ones have replaced is at
 * PATH.old.tmp.  Errors are those of the system calls; the text names the file.
 */
int file_replace_all(const struct file_content *files, size_t count, struct error *e);

/*
 * The same, where nothing is replaced: -EEXIST when something is at one PATH, if only a link that leads nowhere, and
 * whoever has just put it there.
 */
int file_create_all(const struct file_content *files, size_t count, struct error *e);

/* file_replace_all() for one. */
int file_replace(const char *path, const void *data, size_t size, mode_t mode, struct error *e);

/*
 * Waits until nobody else has the file locked, and locks it (flock(2)) until the descriptor is closed, which is the
 * caller's.  The file is made if there is none, for its owner alone: who can open a file can lock it, and never let go.
 * Negative errno.
 */
int file_lock(const char *path, struct error *e);

/*
 * A folder whose files are trusted must be so itself: who may write there can take files away.
 * Checks FILE_TRUSTED's conditions.  Errors: -ENOENT and other errnos of stat(2), -ENOTDIR, -EPERM.
 */
int folder_check(const char *path, struct error *e);

/*
 * Identity of a file's content as far as stat(2) tells: enough to see that an
 * administrator replaced or edited it.  A missing file has all zeros.
 */
struct file_stamp {
	uint64_t device, inode, size;
	int64_t changed_ns, modified_ns;
};

void file_stamp_take(const char *path, struct file_stamp *stamp);
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

/*
 * Opens /dev/null in place of standard input, output and error where they are closed: else the next descriptor that is
 * opened would get such a number, and what is printed be written into it.  Standard output is opened for reading alone:
 * what is printed there is lost, and each write says so (EBADF).  False when it cannot be.
 */
bool standard_descriptors_fill(void);

/* ---- log (for programs only) ----------------------------------------- */

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/*
 * Names the program and the most talkative level that is still written.  When
 * standard error is the journal each line gets the "<N>" prefix of
 * sd-daemon(3), else "NAME: ".
 */
void log_start(const char *program, enum log_level most);
bool log_wants(enum log_level level);

/* From here on another level, or the system log (facility daemon) in place of standard error. */
void log_most(enum log_level most);
void log_to_syslog(void);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A line of a handler of signals: two texts with a number between them, without memory or locks; to standard error. */
void log_number(enum log_level level, const char *before, long number, const char *after);

/*
 * Tells the service manager, as sd_notify(3) does, for example "READY=1".
 * Does nothing and returns 0 without NOTIFY_SOCKET; negative errno on failure.
 */
int service_notify(const char *state);

/* Monotonic clock in milliseconds. */
int64_t clock_ms(void);

/* The time of day in milliseconds since 1970, as processes of one host may compare it. */
int64_t clock_day_ms(void);

#endif
