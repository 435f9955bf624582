/* SPDX-License-Identifier: MIT */
/*
 * sim_services.h: what exported functions mean to the deterministic machine.
 */
#pragma once

#include "../sim/watch.h"

/*
 * sim_service_of: what an exported function means, by the name that drivers import.
 * => SIM_SERVICE_OTHER for whatever is not in the table
 */
enum sim_service sim_service_of(const char *name);

/*
 * sim_service_name: row `index` of the table, or NULL behind its end.
 */
const char *sim_service_name(unsigned index);
