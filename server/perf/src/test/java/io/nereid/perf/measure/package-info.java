@NullMarked
package io.nereid.perf.measure;

import org.jspecify.annotations.NullMarked;
