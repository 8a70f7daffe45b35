/** Tests of what the scheduler learns. */
@NullMarked
package io.nereid.scheduler.tuning;

import org.jspecify.annotations.NullMarked;
