@NullMarked
package io.nereid.perf.statistics;

import org.jspecify.annotations.NullMarked;
