/**
 * The command line of the tutorial's applications: which command, with which options, and where what they serve comes
 * from. Runs on the main thread. Everything below may be imported here, and nothing below imports this package.
 */
@NullMarked
package gourmetgram;

import org.jspecify.annotations.NullMarked;
