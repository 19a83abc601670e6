/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A main() for the fuzz targets without a fuzzer: runs the target over every
 * file that is named or lies in a named folder.  Used by "make check", with
 * whatever compiler and sanitizers the build has.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/base/base.h"

#define INPUT_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	AUTO_BYTES whole = { 0 };
	struct error e;
	uint8_t *exact;

	if (file_read(path, INPUT_MAX, FILE_ANY, &whole, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	/* struct bytes has a spare byte at its end: a copy lets the sanitizer see a read of it. */
	exact = malloc(whole.size);
	if (!exact && whole.size) {
		fprintf(stderr, "out of memory\n");
		return -1;
	}
	if (whole.size)
		memcpy(exact, whole.data, whole.size);
	LLVMFuzzerTestOneInput(exact, whole.size);
	free(exact);
	return 1;
}

/* How many inputs were run, negative when one could not be read. */
static int run_path(const char *path);

static int run_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int inputs = 0, r = 0;

	if (!folder) {
		fprintf(stderr, "cannot read the folder %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (r >= 0 && (entry = readdir(folder))) {
		AUTO_STRBUF inner = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		strbuf_addf(&inner, "%s/%s", path, entry->d_name);
		r = inner.failed ? -1 : run_path(inner.text);
		inputs += r;
	}
	closedir(folder);
	return r < 0 ? r : inputs;
}

static int run_path(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? run_folder(path) : run_file(path);
}

int main(int argc, char **argv)
{
	int inputs = 0;

	for (int i = 1; i < argc; i++) {
		int r = run_path(argv[i]);

		if (r < 0)
			return 1;
		inputs += r;
	}
	printf("%s: %d inputs\n", program_invocation_short_name, inputs);
	if (!inputs)
		fprintf(stderr, "%s: there was nothing to run: name the folder of the corpus\n",
			program_invocation_short_name);
	return inputs ? 0 : 1;
}
