/** Whole names of network devices as regular expressions that JavaScript and Prometheus read alike; no backslashes, which PromQL would take for its own. */

/** Devices through which nothing enters or leaves the machine: loopback, tunnels, those of containers and of guests. */
export const INNER_DEVICES = '(lo|docker|br-|veth|virbr|vnet|tap|tun|wg|ifb|dummy|cni|flannel|cali|lxc|lxd|podman|fwbr|fwln|fwpr).*';

/**
 * Devices that stand on network cards: bridges, bonds, VLANs. What they carry is counted on the cards as well, so that the cards alone are the line; which card belongs to which bond, node_exporter
 * does not say, and nobody has to know.
 */
export const STACKED_DEVICES = '(br[0-9]|vmbr|ovs|team|vlan).*|bond([^_].*)?|.*[.][0-9]+';
