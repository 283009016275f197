package io.abelia.nemesis;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** What the nodes are connected by. */
interface Net extends AutoCloseable {
    /** Whether connections can be cut, lost, doubled and filled with noise. */
    boolean canCut();

    /** What stands before a command that is to run where a node is. */
    List<String> enter(int node);

    /** Options of the node command that say where a node is reached. */
    List<String> options(int node);

    /** The coordination group, as the option of the node command: one member on each of the first nodes, from 0. */
    String coordination();

    /** Under which the members reach a node. */
    String host(int node);

    /** Of a node's API. */
    String url(int node);

    /** A node hears some others no more. */
    void deafen(int node, Set<Integer> others) throws IOException;

    /** A node loses this share of what others send. */
    void lose(int node, int percent) throws IOException;

    /** This share of what a node sends arrives twice, and as much is overtaken by what it sends later. */
    void mangle(int node, int percent) throws IOException;

    /** Packets that were mangled since the last {@link #heal}. */
    long mangled() throws IOException;

    void heal() throws IOException;

    @Override
    void close();
}
