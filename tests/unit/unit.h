/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every cmocka test file needs, in the order that cmocka demands. */
#ifndef NFSTLS_TESTS_UNIT_H
#define NFSTLS_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/base/base.h"

#endif
