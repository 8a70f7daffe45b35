package io.nereid.modelrepo.config;

/**
 * One thing that is wrong with a model's configuration.
 *
 * @param message what is wrong and what was expected, without the place
 * @param line where it is in the file, counted from 1; 0 when it is about something that the file does not say
 * @param column counted from 1 in characters; 0 when {@code line} is 0
 */
public record ConfigProblem(String message, int line, int column) {

    static ConfigProblem at(Position position, String message) {
        return new ConfigProblem(message, position.line(), position.column());
    }
}
