@NullMarked
package io.nereid.perf.tune;

import org.jspecify.annotations.NullMarked;
