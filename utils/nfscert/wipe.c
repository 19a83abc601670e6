/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every block of memory of this program is wiped when it is freed, by whatever library: those that parse keys free
 * what they took apart as it is.  The definitions here take the place of the C library's for the program and for all
 * it is linked with.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* The sanitizers bring an allocator of their own. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

/* What glibc's own free() is called besides (malloc/malloc.c). */
extern void __libc_free(void *block);

void free(void *block)
{
	int saved = errno;

	if (block)
		explicit_bzero(block, malloc_usable_size(block));
	__libc_free(block);
	errno = saved;
}

/* glibc's would give the old block back by itself, with its content. */
void *realloc(void *block, size_t size)
{
	size_t old = block ? malloc_usable_size(block) : 0;
	void *new;

	if (block && !size) {
		free(block);
		return NULL;
	}
	if (block && size <= old && size > old / 2)
		return block;
	new = malloc(size);
	if (!new || !block)
		return new;
	memcpy(new, block, size < old ? size : old);
	free(block);
	return new;
}

#endif
