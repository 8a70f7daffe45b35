/**
 * The tutorial's load test: requests one after the other, then many senders at once, and a table of what they waited.
 * Each sender is a virtual thread. May not import the service nor the page, which it starts as processes of their own.
 */
@NullMarked
package gourmetgram.load;

import org.jspecify.annotations.NullMarked;
