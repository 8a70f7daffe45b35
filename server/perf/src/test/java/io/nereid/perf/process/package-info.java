@NullMarked
package io.nereid.perf.process;

import org.jspecify.annotations.NullMarked;
