@NullMarked
package io.nereid.backend.device;

import org.jspecify.annotations.NullMarked;
