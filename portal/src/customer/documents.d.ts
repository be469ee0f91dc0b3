declare module "virtual:documents" {
  /** The hash under which the operation of Home is registered. */
  export const HOME: string;
}
