import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

@Entity()
export class Message {
  @PrimaryGeneratedColumn()
  id: number;

  @Index()
  @Column()
  room: string;

  @Column()
  sender: string;

  @Column()
  text: string;

  @CreateDateColumn()
  at: Date;
}
