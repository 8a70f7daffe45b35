package io.nereid.backend.onnxruntime.binding;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where CUDA's libraries may lie.
 *
 * @param named by whoever runs the server, in {@value #PROPERTY}
 * @param usual where packages put them: CUDA's own, and those of the Python that a shell would start
 */
record CudaFolders(List<Path> named, List<Path> usual) {
    /** The system property that names folders, separated as those of PATH; the launcher has it from its variable. */
    static final String PROPERTY = "nereid.cuda.libraries";

    private static final Path TOOLKIT = Path.of("/usr/local/cuda/lib64");
    private static final List<Path> PREFIXES = List.of(Path.of("/usr/local"), Path.of("/usr"));

    CudaFolders {
        named = List.copyOf(named);
        usual = List.copyOf(usual);
    }

    /** Those of this process. */
    static CudaFolders ofThisProcess() {
        return of(System.getProperty(PROPERTY, ""), System.getenv().getOrDefault("PATH", ""));
    }

    /**
     * Of folders separated as those of PATH.
     *
     * @param path where a shell looks for programs, of which Python is the one that counts
     */
    static CudaFolders of(String named, String path) {
        Set<Path> usual = new LinkedHashSet<>();
        usual.add(TOOLKIT);
        prefixes(path).forEach(prefix -> usual.addAll(packagesIn(prefix)));
        return new CudaFolders(folders(named), List.copyOf(usual));
    }

    /**
     * The libraries in them.
     *
     * @param beside where the CUDA provider lies, which comes with a library that it needs
     */
    CudaLibraries libraries(Path beside) {
        return new CudaLibraries(Stream.concat(Stream.of(beside), named.stream()).toList(), usual);
    }

    /** For people: what was looked into, and how to say otherwise. */
    String text() {
        String looked = named.isEmpty() ? "the system's folders, " + TOOLKIT + " and the packages of Python"
                : String.join(", ", named.stream().map(Path::toString).toList()) + ", then in the usual folders";
        return "looked in " + looked + " (NEREID_CUDA_LIBRARIES names folders)";
    }

    /** Where the Pythons lie that a shell would find: of a virtual environment its own folder first. */
    private static List<Path> prefixes(String path) {
        List<Path> prefixes = new ArrayList<>();
        for (Path folder : folders(path)) {
            Path parent = folder.getParent();
            if (parent != null && Files.isExecutable(folder.resolve("python3"))) {
                prefixes.add(parent);
            }
        }
        prefixes.addAll(PREFIXES);
        return prefixes;
    }

    private static List<Path> packagesIn(Path prefix) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> pythons = Files.newDirectoryStream(prefix.resolve("lib"), "python3*")) {
            for (Path python : pythons) {
                Stream.of("site-packages/nvidia", "dist-packages/nvidia").map(python::resolve)
                        .filter(Files::isDirectory).forEach(found::add);
            }
        } catch (IOException _) {
            // no Python there
        }
        return found;
    }

    private static List<Path> folders(String list) {
        return Stream.of(list.split(File.pathSeparator)).filter(folder -> !folder.isBlank()).map(Path::of).toList();
    }
}
