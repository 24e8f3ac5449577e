// The names of files in the data directory.
export const SOCKET_FILE = "hostd.sock";
export const RACK_SOCKET_FILE = "rack.sock";
export const DATABASE_FILE = "hostd.db";
export const ADMIN_PASSWORD_FILE = "admin-password";
export const SSH_HOST_KEY_FILE = "ssh_host_ed25519_key";
export const USERS_FILE = "users.json";
export const ACCOUNTS_FILE = "broker-accounts.json";
export const BROKER_PASSWORD_FILE = "broker-password";
export const CONFIG_FILE = "shack.yaml";
export const PUSH_FILE = "module-push.json";
export const KEYS_DIR = "module-keys";

/** The place of a simulated caddy's serial port; `address` is `bp1/2`. */
export const virtualPlace = (address: string): string => `virtual-${address.replace("/", "-")}`;
