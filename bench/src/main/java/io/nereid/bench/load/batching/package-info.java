/**
 * What batching gains and how the server behaves under more load than it can take: the models, the scenarios and their
 * tables. The figures are for reading; nothing here passes or fails.
 */
@NullMarked
package io.nereid.bench.load.batching;

import org.jspecify.annotations.NullMarked;
