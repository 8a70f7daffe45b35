/**
 * The tail of the main workload: the food classifier in one instance, served by the distribution, beside the same
 * session with nothing around it but a queue. Every turn is a fresh process, measured from its start on.
 */
@NullMarked
package io.nereid.bench.load.tail;

import org.jspecify.annotations.NullMarked;
