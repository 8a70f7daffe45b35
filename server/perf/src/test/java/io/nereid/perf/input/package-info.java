@NullMarked
package io.nereid.perf.input;

import org.jspecify.annotations.NullMarked;
