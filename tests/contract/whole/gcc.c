/* SPDX-License-Identifier: MIT */
/*
 * A driver built by GCC with all that the surveyed ones do answers every request of another
 * driver, on every processor, and unloads cleanly.
 */
#include "survey_driver.h"
