/**
 * A small web server over the JDK's own: exact paths, bounded bodies, errors as JSON, files from the class path. Each
 * request has a virtual thread, which its handler may block. May not import any other package of the application.
 */
@NullMarked
package gourmetgram.http;

import org.jspecify.annotations.NullMarked;
