/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of exports(5), and HOST:/PATH of exportfs. */
// fuzz-sources: utils/exportfs/operand.c
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/export/export.h"
#include "utils/exportfs/operand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_form(const char *text)
{
	struct export_client_form form;

	if (export_client_form(text, &form, NULL))
		return;
	if (form.type >= EXPORT_CLIENT_TYPES || form.prefix > form.address.size * 8)
		abort();
	if (form.type == EXPORT_SUBNET && form.address.size != 4 && form.address.size != 16)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = strndup((const char *)data, size);
	AUTO_OPERAND operand = { 0 };
	struct error e;

	if (!text)
		return 0;
	check_form(text);
	if (!operand_parse(text, &operand, &e)) {
		if (operand.path[0] != '/' || strlen(operand.client) + strlen(operand.path) > strlen(text) + 1)
			abort();
		check_form(operand.client);
	}
	return 0;
}
